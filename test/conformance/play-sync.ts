// A sync's part of a pair: its run or runs as the mode wants them, and what they must have left behind.
import type { Step } from './bench.ts';
import { checkCounts, checkFirstCounts, checkRecords, checkUnmoved, modelsOf, type Stored } from './check-sync.ts';
import { confirmHeld, type RunResult, readRecords, runSync } from './run-sync.ts';

export async function playSync(step: Step): Promise<string[]> {
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
  const second = await confirmed(step, await run(step));
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

/**
 * A run that would empty a model ends with its deletes held. What the corpus asks for is then one decision away; without
 * `--confirm-deletes` that is a failure.
 */
async function confirmed({ bench, pair, connectionId, ...step }: Step, result: RunResult): Promise<RunResult> {
  const { held } = result;
  if (!bench.confirmDeletes || held === undefined) return result;
  step.confirmed.push(...Object.keys(held));
  return confirmHeld(bench.api, pair, connectionId);
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
