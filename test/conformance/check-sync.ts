// What a sync must have left behind: the records of the fixture, the counts of the run, nothing else.
import { difference, expectedModel, recordDifferences } from './compare.ts';
import type { Fixture, Pair } from './corpus.ts';
import type { RunResult, StoredRecord } from './run-sync.ts';

/** Records by model, then by id. */
export type Stored = Map<string, Map<string, StoredRecord>>;

/** Every model that the fixture or the sync names: those that nothing was saved to must be empty. */
export function modelsOf(pair: Pair, fixture: Fixture): string[] {
  const { batchSave = {}, batchDelete = {} } = fixture.nango ?? {};
  return [...new Set([...(pair.models ?? []), ...Object.keys(batchSave), ...Object.keys(batchDelete)])];
}

export function checkRecords(pair: Pair, fixture: Fixture, stored: Stored): string[] {
  const { batchSave = {}, batchDelete = {} } = fixture.nango ?? {};
  return [...stored].flatMap(([model, found]) => {
    const { records } = expectedModel(batchSave[model], batchDelete[model]);
    const live = new Map([...found].filter(([, { deleted }]) => !deleted).map(([id, { record }]) => [id, record]));
    const wanted = pair.expectedRecords?.[model] ?? 0;
    return [
      ...recordDifferences(model, records, live),
      ...(live.size === wanted ? [] : [`record count: ${model} has ${live.size}, the manifest says ${wanted}`]),
    ];
  });
}

/** `added`, `updated` and `deleted` of a first run. */
export function checkFirstCounts(fixture: Fixture, models: string[], { counts }: RunResult): string[] {
  const { batchSave = {}, batchDelete = {} } = fixture.nango ?? {};
  return models.flatMap((model) => {
    const { added, deleted } = expectedModel(batchSave[model], batchDelete[model]);
    return checkCounts(model, { added, updated: 0, deleted }, counts[model]);
  });
}

export function checkCounts(
  model: string,
  expected: { added: number; updated: number; deleted: number },
  found: RunResult['counts'][string] = { added: 0, updated: 0, deleted: 0 },
): string[] {
  const text = (of: typeof expected) => `${of.added} added, ${of.updated} updated, ${of.deleted} deleted`;
  return text(found) === text(expected) ? [] : [`counts: ${model} says ${text(found)}; right is ${text(expected)}`];
}

/** Between two runs nothing moved, except that these ids are now deleted. */
export function checkUnmoved(before: Stored, after: Stored, deleted: { model?: string; id?: string } = {}): string[] {
  const problems: string[] = [];
  for (const [model, records] of after) {
    const earlier = before.get(model) ?? new Map<string, StoredRecord>();
    for (const [id, { record, changedAt, deleted: gone }] of records) {
      const was = earlier.get(id);
      const meant = model === deleted.model && id === deleted.id;
      if (!was) problems.push(`second run: ${model} has a record that was not there before`);
      else if (meant && !gone) problems.push(`drop: ${model} still has the dropped record`);
      else if (meant) continue;
      else if (gone !== was.deleted)
        problems.push(`second run: a record of ${model} is now ${gone ? 'deleted' : 'back'}`);
      else if (difference(was.record, record) !== undefined) problems.push(`second run: a record of ${model} changed`);
      else if (changedAt !== was.changedAt)
        problems.push(`second run: an unchanged record of ${model} was written again`);
    }
    if (records.size < earlier.size) problems.push(`second run: ${model} lost records`);
  }
  if (deleted.model !== undefined && !after.get(deleted.model)?.has(deleted.id ?? '')) {
    problems.push(`drop: ${deleted.model} does not have the dropped record, not even as deleted`);
  }
  return [...new Set(problems)];
}
