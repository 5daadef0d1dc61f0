import fc from 'fast-check';
import { expect, it } from 'vitest';
import { recordBatches } from './read-records.ts';
import type { RecordQuery, StoredRecord } from './types/records.ts';

/** A stream of `size` records; cursors are positions. */
const streamOf = (size: number, pageSize: number) => (query: RecordQuery) => {
  const from = Number(query.cursor ?? 0);
  const records = Array.from({ length: Math.min(pageSize, size - from) }, (_, index) => ({
    id: from + index,
    _nango_metadata: { cursor: String(from + index + 1) },
  })) as unknown as StoredRecord<object>[];
  const next = from + records.length;
  return Promise.resolve({ records, next_cursor: next < size ? String(next) : null });
};

it('reads every record once, however the stream is cut and grows between two reads', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(40),
      fc.nat(40),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(12),
      async (first, more, pageSize, stopAfter) => {
        const ids: unknown[] = [];
        let cursor: string | null = null;
        let batches = 0;
        // A reader that stops in the middle and begins again where it was, then once more after the stream has grown.
        for (const [size, isCut] of [
          [first, true],
          [first, false],
          [first + more, false],
        ] as const) {
          for await (const batch of recordBatches<object>({ cursor }, streamOf(size, pageSize))) {
            ids.push(...batch.records.map(({ id }) => id));
            cursor = batch.cursor;
            if (isCut && ++batches > stopAfter) break;
          }
        }
        expect(ids).toEqual(Array.from({ length: first + more }, (_, index) => index));
      },
    ),
  );
});

it('gives one empty batch and the old cursor when nothing has come', async () => {
  expect(await Array.fromAsync(recordBatches({}, streamOf(0, 5)))).toEqual([{ records: [], cursor: null }]);
  expect(await Array.fromAsync(recordBatches({ cursor: '7' }, streamOf(7, 5)))).toEqual([{ records: [], cursor: '7' }]);
});
