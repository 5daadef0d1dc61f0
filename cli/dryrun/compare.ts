// Whether a replayed run came to what was recorded.
import type { Recording } from './cassette-platform.ts';
import { difference } from './difference.ts';
import type { MemoryStream } from './memory-stream.ts';
import type { Outcome } from './outcome.ts';

interface Saved {
  id?: unknown;
  [field: string]: unknown;
}

const maxTold = 5;

/** Sentences, one for each difference; none when all is as recorded. */
export function compare(outcome: Outcome, recording: Recording, models: readonly string[]): string[] {
  const { kind, failure, streams, output } = outcome;
  if (failure) return [`${failure.type}: ${failure.message}`];
  if (kind === 'action') {
    const differs = difference(recording.output() ?? null, output ?? null, 'output');
    // At the top level nothing, null and an empty answer are one.
    const bothEmpty = [recording.output(), output].every(
      (value) => value === undefined || value === null || value === '',
    );
    return differs === undefined || bothEmpty ? [] : [differs];
  }
  const all = new Set([...models, ...streams.keys()]);
  return [...all].flatMap((model) => compareModel(model, streams.get(model), recording));
}

/** As maps by id: the last save of an id wins, and what was deleted is gone. */
function compareModel(model: string, stream: MemoryStream | undefined, recording: Recording): string[] {
  const deleted = (recording.expected('batchDelete', model) ?? []) as Saved[];
  const expected = new Map(
    ((recording.expected('batchSave', model) ?? []) as Saved[]).map(({ _nango_metadata, ...record }) => [
      String(record['id']),
      record,
    ]),
  );
  for (const { id } of deleted) expected.delete(String(id));
  const live = [...(stream?.rows.values() ?? [])].filter(({ deletedAt }) => deletedAt === null);
  const actual = new Map(live.map(({ id, body }) => [id, JSON.parse(body.toString()) as Saved]));

  const problems = [
    ...listed(
      model,
      'were recorded and not saved',
      [...expected.keys()].filter((id) => !actual.has(id)),
    ),
    ...listed(
      model,
      'were saved and not recorded',
      [...actual.keys()].filter((id) => !expected.has(id)),
    ),
    ...compareDeletions(model, deleted, stream),
  ];
  for (const [id, record] of expected) {
    const found = actual.get(id);
    const differs = found && difference(record, found);
    if (differs) problems.push(`${model} ${id}: ${differs}`);
  }
  return problems.length > maxTold ? [...problems.slice(0, maxTold), `… ${problems.length - maxTold} more`] : problems;
}

function compareDeletions(model: string, recorded: readonly Saved[], stream: MemoryStream | undefined): string[] {
  const wanted = new Set(recorded.map(({ id }) => String(id)));
  const done = new Set((stream?.deletions ?? []).map(({ id }) => id));
  return [
    ...listed(
      model,
      'were recorded as deleted and are not',
      [...wanted].filter((id) => !done.has(id)),
    ),
    ...listed(
      model,
      'were deleted and not recorded so',
      [...done].filter((id) => !wanted.has(id)),
    ),
  ];
}

function listed(model: string, what: string, ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  const some = ids.slice(0, maxTold).join(', ');
  return [`${model}: ${ids.length} ${what} (${some}${ids.length > maxTold ? ', …' : ''})`];
}
