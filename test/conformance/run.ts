// `npm run conformance`: recorded scripts through the real product, by its public HTTP API, against a fake upstream.
import { createApi } from './api.ts';
import type { Bench } from './bench.ts';
import { choosePairs, openCorpus, type Pair } from './corpus.ts';
import { deployPairs } from './deploy.ts';
import { startInstance, type TestInstance } from './instance.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { writeProviderEntries } from './provider-entries.ts';
import { renderSummary, writeReport } from './report.ts';
import { type PairResult, runPair } from './run-pair.ts';

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort());
const say = (text: string) => process.stderr.write(`${text}\n`);

async function main(options: Options): Promise<boolean> {
  const startedAt = performance.now();
  const corpus = openCorpus(options.corpus);
  if (options.writeProviders !== undefined) {
    writeProviderEntries(options.writeProviders, corpus.providers);
    return true;
  }
  const pairs = choosePairs(corpus, options);
  const fake = await corpus.createFake();
  let instance: TestInstance | undefined;
  try {
    const egressTo = await fake.listen(options.running?.fakePort);
    if (!options.running) {
      const { parallel: guests, verbose } = options;
      instance = await startInstance({
        egressTo,
        writeProviders: (folder) => writeProviderEntries(folder, corpus.providers),
        guests,
        verbose,
        signal: stopped.signal,
      });
    }
    const api = createApi(instance ?? options.running!);
    const refused = await deployPairs(api, corpus, pairs);
    say(`${pairs.length - refused.size} of ${pairs.length} scripts deployed, ${seconds(startedAt)} s`);
    const bench: Bench = {
      api,
      corpus,
      fake,
      mode: options.mode,
      timeoutMs: options.timeoutMs,
      confirmDeletes: options.confirmDeletes,
    };
    const results = await runAll(pairs, { bench, refused, parallel: options.parallel, startedAt });
    const ms = Math.round(performance.now() - startedAt);
    if (options.report !== undefined) writeReport(options.report, { mode: options.mode, results, ms });
    process.stdout.write(renderSummary(results));
    return results.length > 0 && results.every(({ passed }) => passed) && !stopped.signal.aborted;
  } finally {
    await instance?.stop();
    await fake.close();
  }
}

interface Work {
  bench: Bench;
  refused: Map<string, string>;
  parallel: number;
  startedAt: number;
}

/** In the order of the manifest; after a signal the rest is left out. */
async function runAll(pairs: Pair[], { bench, refused, parallel, startedAt }: Work): Promise<PairResult[]> {
  const results: PairResult[] = [];
  const queue = pairs.values();
  const lane = async () => {
    for (const pair of queue) {
      if (stopped.signal.aborted) return;
      const why = refused.get(pair.id);
      const nothing = { requests: 0, misses: 0, hosts: [], ms: 0 };
      results.push(
        why === undefined ? await runPair(bench, pair) : { id: pair.id, passed: false, why: [why], ...nothing },
      );
      if (results.length % 20 === 0) {
        const failed = results.filter(({ passed }) => !passed).length;
        say(`${results.length} of ${pairs.length}, ${failed} failed, ${seconds(startedAt)} s`);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return results.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const seconds = (startedAt: number) => ((performance.now() - startedAt) / 1000).toFixed(1);

let succeeded = false;
try {
  succeeded = await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  say(usage);
}
process.exit(succeeded ? 0 : 1);
