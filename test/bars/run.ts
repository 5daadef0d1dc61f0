// `npm run bar -- <id>`: one attack on one promise; the last line is the figure, the exit code the verdict.
import { bars } from './bars.ts';
import { type Options, parseOptions, usage } from './options.ts';

const exitCodes = { holds: 0, broken: 1, untried: 2 };

async function main({ id, ...options }: Options): Promise<number> {
  if (id === undefined) {
    for (const [index, { id: name, holds, load }] of bars.entries()) {
      console.log(`${String(index + 1).padStart(2)}  ${name.padEnd(16)} ${load ? 'there  ' : 'not yet'}  ${holds}`);
    }
    console.log(`${bars.filter(({ load }) => load).length} of ${bars.length} are there.`);
    return exitCodes.holds;
  }
  const entry = bars.find((bar) => bar.id === id);
  if (!entry) throw new Error(`There is no bar "${id}": --all lists them.`);
  if (!entry.load) {
    console.log(`not yet: ${id}`);
    return exitCodes.untried;
  }
  console.log(`${id}: ${entry.holds}\nseed ${options.seed} (repeat with --seed ${options.seed})`);
  const bar = await entry.load();
  const outcome = await bar(options);
  if ('skipped' in outcome) {
    console.log(`skipped: ${outcome.skipped}`);
    return exitCodes.untried;
  }
  console.log(`${id} ${outcome.holds ? 'holds' : 'DOES NOT HOLD'}`);
  console.log(outcome.figure);
  return outcome.holds ? exitCodes.holds : exitCodes.broken;
}

// The instance hears our end and stops.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(exitCodes.untried));
try {
  process.exitCode = await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof Error && process.argv.length < 3) console.error(usage);
  process.exitCode = exitCodes.untried;
}
process.exit();
