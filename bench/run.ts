// `npm run bench -- <name>`: a figure beside its reference, taken in the same run on the same machine.
// First, before anything loads the driver: references talk to Postgres as we do.
import '../core/db/driver-patch.ts';
import { printMachine } from './machine.ts';
import { type BenchName, type Options, parseOptions, usage } from './options.ts';
import { type Figure, printFigures } from './report.ts';

const benches: Record<BenchName, () => Promise<(options: Options) => Promise<Figure[]>>> = {
  sync: async () => (await import('./sync.ts')).benchSync,
  proxy: async () => (await import('./proxy.ts')).benchProxy,
  records: async () => (await import('./records.ts')).benchRecords,
  actions: async () => (await import('./actions.ts')).benchActions,
  tokens: async () => (await import('./answers.ts')).benchTokens,
  sessions: async () => (await import('./answers.ts')).benchSessions,
  start: async () => (await import('./start.ts')).benchStart,
};

let options: Options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${usage}`);
  process.exit(2);
}
// Whatever was started ends with us: the instance hears our end, forked children lose their channel.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
printMachine();
try {
  const bench = await benches[options.name]();
  printFigures(await bench(options));
} catch (error) {
  console.error(error);
  process.exit(1);
}
process.exit(0);
