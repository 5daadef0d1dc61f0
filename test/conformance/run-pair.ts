// One pair in the steps of the corpus' README: connection, fake, run, compare, account, clean up. Modes vary the middle.
import { type Api, errorOf } from './api.ts';
import { checkCounts, checkFirstCounts, checkRecords, checkUnmoved, modelsOf, type Stored } from './check-sync.ts';
import { checkTraffic, hostsOf } from './check-traffic.ts';
import { difference } from './compare.ts';
import type { Corpus, Fake, FakeSession, Fixture, Mode, Pair } from './corpus.ts';
import { integrationOf } from './deploy.ts';
import { readRecords, runSync } from './run-sync.ts';

export interface PairResult {
  id: string;
  passed: boolean;
  /** `cause: detail`; empty when it passed. */
  why: string[];
  requests: number;
  misses: number;
  hosts: string[];
  ms: number;
}

export interface Bench {
  api: Api;
  corpus: Corpus;
  fake: Fake;
  mode: Mode;
  /** Of one run. */
  timeoutMs: number;
}

interface Step {
  bench: Bench;
  pair: Pair;
  fixture: Fixture;
  connectionId: string;
  session: FakeSession;
}

export async function runPair(bench: Bench, pair: Pair): Promise<PairResult> {
  const startedAt = performance.now();
  const result: PairResult = { id: pair.id, passed: false, why: [], requests: 0, misses: 0, hosts: [], ms: 0 };
  for (const options of optionsOf(bench.mode, pair)) {
    await runOnce(bench, pair, { options, result }).catch((error: unknown) => {
      result.why.push(sentenceOf(error));
    });
  }
  result.passed = result.why.length === 0;
  result.ms = Math.round(performance.now() - startedAt);
  return result;
}

/** What the fake does, one element a connection. */
function optionsOf(mode: Mode, pair: Pair): Record<string, unknown>[] {
  switch (mode) {
    case 'fault':
      return [{ fault: 503 }, { fault: 429 }];
    case 'repaginate':
      return [{ split: pair.split }];
    case 'resume':
      return [{ cutAfter: pair.resume?.cutAfter }];
    default:
      return [{}];
  }
}

let connections = 0;
const runTag = Date.now().toString(36);

async function runOnce(
  bench: Bench,
  pair: Pair,
  { options, result }: { options: Record<string, unknown>; result: PairResult },
): Promise<void> {
  const { api, corpus, fake } = bench;
  const fixture = corpus.readFixture(pair);
  const facts = corpus.providers[pair.provider];
  const connectionId = `conformance-${runTag}-${++connections}`;
  const provider_config_key = integrationOf(pair);
  const session = fake.open(connectionId, fixture, {
    ignoreQuery: Object.keys(facts?.query ?? {}),
    ignoreBody: Object.keys(facts?.body ?? {}),
    ...options,
  });
  try {
    await api.ok('POST', '/connections', {
      body: {
        provider_config_key,
        connection_id: connectionId,
        credentials: pair.credentials,
        ...(pair.connectionConfig && { connection_config: pair.connectionConfig }),
        ...(pair.metadata && { metadata: pair.metadata }),
      },
    });
    const step = { bench, pair, fixture, connectionId, session };
    const problems = pair.kind === 'action' ? await playAction(step) : await playSync(step);
    result.why.push(...problems, ...checkTraffic(pair, session));
    if (bench.mode === 'repaginate' && session.requests.length <= pair.requests) {
      result.why.push(`repaginate: ${session.requests.length} requests are not more than ${pair.requests}`);
    }
  } finally {
    result.requests += session.requests.length;
    result.misses += session.misses.length;
    result.hosts = [...new Set([...result.hosts, ...hostsOf(session)])];
    session.close();
    await api.call('DELETE', `/connections/${connectionId}`, { query: { provider_config_key } }).catch(() => {});
  }
}

async function playAction({ bench, pair, fixture, connectionId }: Step): Promise<string[]> {
  const { status, body } = await bench.api.call('POST', '/action/trigger', {
    headers: { 'connection-id': connectionId, 'provider-config-key': integrationOf(pair) },
    body: { action_name: pair.name, ...('input' in fixture && { input: fixture.input }) },
    timeoutMs: bench.timeoutMs + (pair.waitsMs ?? 0),
  });
  const { code = String(status), message = '', payload } = errorOf(body);
  if (pair.expectError) {
    if (status < 400) return [`expected error: the action answered ${status}`];
    const differs = difference(pair.expectError.payload, payload);
    return differs === undefined ? [] : [`expected error: ${code}, payload ${differs}`];
  }
  if (status !== 200) return [`action ${code}: ${status} ${message}`];
  const differs = difference(fixture.output ?? null, body ?? null);
  return differs === undefined ? [] : [`output differs: ${differs}`];
}

async function playSync(step: Step): Promise<string[]> {
  const { bench, pair, fixture, session } = step;
  const { mode } = bench;
  const models = modelsOf(pair, fixture);
  const first = await run(step);
  if (mode === 'resume') return resume(step, first);
  if (!first.succeeded) return [`run failed: ${first.error}`];
  const stored = await readAll(step);
  const problems = [...checkRecords(pair, fixture, stored), ...checkFirstCounts(fixture, models, first)];
  if (mode !== 'twice' && mode !== 'drop') return problems;

  if (mode === 'drop') session.options['drop'] = pair.drop;
  const earlier = session.requests.length;
  const second = await run(step);
  if (!second.succeeded) return [...problems, `second run failed: ${second.error}`];
  const { model, deleted } = (mode === 'drop' && pair.drop) || {};
  for (const name of models) {
    const right = { added: 0, updated: 0, deleted: name === model ? 1 : 0 };
    problems.push(...checkCounts(name, right, second.counts[name]));
  }
  const ids = { ...(model !== undefined && { model }), ...(deleted !== undefined && { id: String(deleted) }) };
  problems.push(...checkUnmoved(stored, await readAll(step), ids));
  const requests = session.requests.length - earlier;
  if (mode === 'twice' && pair.second && requests !== pair.second.requests) {
    problems.push(`second run: ${requests} requests; right is ${pair.second.requests}`);
  }
  return problems;
}

async function resume(step: Step, first: Awaited<ReturnType<typeof run>>): Promise<string[]> {
  const { pair, fixture, session } = step;
  const problems = first.succeeded ? ['resume: the cut run did not fail'] : [];
  if (!session.requests.some(({ match }) => match === 'cut')) problems.push(`resume: nothing was cut, ${first.error}`);
  const before = await readAll(step);
  session.mend();
  const earlier = session.requests.length;
  const second = await run(step);
  if (!second.succeeded) return [...problems, `second run failed: ${second.error}`];
  const after = await readAll(step);
  problems.push(...checkRecords(pair, fixture, after));
  for (const [model, records] of before) {
    const lost = [...records].filter(([id, { deleted }]) => !deleted && (after.get(model)?.get(id)?.deleted ?? true));
    if (lost.length > 0) problems.push(`resume: ${lost.length} records of ${model} from before the cut are gone`);
  }
  const requests = session.requests.length - earlier;
  const allowed = pair.resume?.requestsAfter ?? 0;
  if (requests > allowed) problems.push(`resume: the second run made ${requests} requests, ${allowed} are enough`);
  return problems;
}

const run = ({ bench, pair, connectionId }: Step) =>
  runSync(bench.api, pair, connectionId, bench.timeoutMs + (pair.waitsMs ?? 0));

async function readAll({ bench, pair, fixture, connectionId }: Step): Promise<Stored> {
  const stored: Stored = new Map();
  for (const model of modelsOf(pair, fixture)) {
    stored.set(model, await readRecords(bench.api, pair, connectionId, model));
  }
  return stored;
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return error.name === 'TimeoutError' ? 'timeout: the API did not answer' : `${error.message}${cause}`;
}
