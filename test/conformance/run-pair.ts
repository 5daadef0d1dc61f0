// One pair in the steps of the corpus' README: connection, fake, run, compare, account, clean up. Modes vary the middle.
import { errorOf } from './api.ts';
import type { Bench, Step } from './bench.ts';
import { checkTraffic, hostsOf } from './check-traffic.ts';
import { difference } from './compare.ts';
import type { Mode, Pair } from './corpus.ts';
import { integrationOf } from './deploy.ts';
import { playSync } from './play-sync.ts';

export interface PairResult {
  id: string;
  passed: boolean;
  /** `cause: detail`; empty when it passed. */
  why: string[];
  requests: number;
  misses: number;
  hosts: string[];
  ms: number;
  /** Models whose deletes the guard held until the suite confirmed them (`--confirm-deletes`). */
  confirmed?: string[];
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
    const step: Step = { bench, pair, fixture, connectionId, session, confirmed: [] };
    const problems = pair.kind === 'action' ? await playAction(step) : await playSync(step);
    result.why.push(...problems, ...checkTraffic(pair, session));
    if (step.confirmed.length > 0) result.confirmed = step.confirmed;
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

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return error.name === 'TimeoutError' ? 'timeout: the API did not answer' : `${error.message}${cause}`;
}
