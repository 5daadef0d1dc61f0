import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDataset } from './dataset.ts';

it('gives the same rows for the same seed, and others for another', () => {
  const one = createDataset({ count: 50, seed: 7 });
  const two = createDataset({ count: 50, seed: 7 });
  const other = createDataset({ count: 50, seed: 8 });
  for (let index = 0; index < 50; index += 1) expect(one.read(index)).toEqual(two.read(index));
  expect(one.read(3)).not.toEqual(other.read(3));
});

it('pads rows to the size asked for, to the byte', () => {
  const dataset = createDataset({ count: 40, sizeBytes: 1024 });
  for (let index = 0; index < 40; index += 1) expect(Buffer.byteLength(JSON.stringify(dataset.read(index)))).toBe(1024);
});

it('replays the same edits to the byte with the virtual clock', () => {
  const contents = [1, 2].map(() => {
    const dataset = createDataset({ count: 30, seed: 3, clock: 'virtual' });
    for (const id of dataset.sample(10)) dataset.edit(id);
    for (const id of dataset.sample(5)) dataset.remove(id);
    return JSON.stringify(dataset.select({ includeDeleted: true }).map((index) => dataset.read(index)));
  });
  expect(contents[0]).toBe(contents[1]);
});

it('remembers what a row was at each revision', () => {
  const dataset = createDataset({ count: 3 });
  const before = dataset.get('c0000002');
  dataset.edit('c0000002', { company: 'Renamed', id: 'stolen' });
  const between = dataset.get('c0000002');
  dataset.remove('c0000002');
  expect(dataset.at('c0000002', 1)).toEqual(before);
  expect(dataset.at('c0000002', 2)).toEqual(between);
  expect(between).toMatchObject({ id: 'c0000002', company: 'Renamed', revision: 2 });
  expect(dataset.get('c0000002')).toBeUndefined();
  expect(dataset.at('c0000002', 3)?.deleted_at).toBeDefined();
});

it('gives every change a later time than the one before, in both clocks', () => {
  const action = fc.constantFrom('edit', 'remove', 'create', 'restore');
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 60 }),
      fc.constantFrom('real' as const, 'virtual' as const),
      (actions, clock) => {
        const dataset = createDataset({ count: 5, clock });
        let lastMs = Math.max(...dataset.select().map(dataset.updatedAtMsOf));
        for (const name of actions) {
          const version = dataset.version;
          const [id = 'c0000001'] = dataset.sample(1);
          if (name === 'edit') dataset.edit(id);
          if (name === 'remove') dataset.remove(id);
          if (name === 'create') dataset.create();
          if (name === 'restore') dataset.restoreFirst();
          if (dataset.version === version) continue;
          const newest = Math.max(...dataset.select({ includeDeleted: true }).map(dataset.updatedAtMsOf));
          expect(newest).toBeGreaterThan(lastMs);
          lastMs = newest;
        }
      },
    ),
  );
});

it('finds by time only what changed later, with tombstones when asked', () => {
  const dataset = createDataset({ count: 20 });
  dataset.edit('c0000005');
  const sinceMs = dataset.updatedAtMsOf(4);
  dataset.edit('c0000009');
  dataset.remove('c0000011');
  expect(dataset.select({ updatedAfterMs: sinceMs })).toEqual([8]);
  expect(dataset.select({ updatedAfterMs: sinceMs, includeDeleted: true, sort: 'updated_at' })).toEqual([8, 10]);
});
