// `npm run golden`: captured requests of the peer against the real product, answers compared by the captures' own rule.
import { join } from 'node:path';
import { createApi } from '../conformance/api.ts';
import { startInstance, type TestInstance } from '../conformance/instance.ts';
import { writeFakeProvider } from './fake-provider.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { replay } from './replay.ts';
import { isFailed, renderReport } from './report.ts';
import { type Line, readSteps, type Step, toSeries } from './series.ts';
import { startUpstream } from './upstream.ts';

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort());
const say = (text: string) => process.stderr.write(`${text}\n`);

async function main({ golden, folder, only, strict, verbose }: Options): Promise<boolean> {
  const { signal } = stopped;
  const series = toSeries(readSteps<Line>(golden), readSteps<Step>(join(folder, 'setup.jsonl')), only);
  const upstream = await startUpstream();
  let instance: TestInstance | undefined;
  try {
    instance = await startInstance({
      egressTo: upstream.url,
      writeProviders: writeFakeProvider,
      guests: 2,
      verbose,
      signal,
    });
    const results = await replay(series, { ...instance, api: createApi(instance), folder, strict, say, signal });
    process.stdout.write(renderReport(results));
    return results.length > 0 && !results.some(isFailed) && !signal.aborted;
  } finally {
    await instance?.stop();
    await upstream.close();
  }
}

let succeeded = false;
try {
  succeeded = await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  say(usage);
}
process.exit(succeeded ? 0 : 1);
