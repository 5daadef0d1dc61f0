// Follows a stream of records to where it ends now, without a gap, and says where to go on later.
import type { RecordPage, RecordQuery, StoredRecord } from './types/records.ts';

export interface RecordBatch<T> {
  records: StoredRecord<T>[];
  /**
   * Keep it with what you made of `records`, in one transaction; the next read of the same query begins there. Null: nothing came
   * so far, begin again without a cursor.
   */
  cursor: string | null;
}

/** At least one batch, which may be empty. */
export async function* recordBatches<T>(
  { limit = 1_000, ...query }: RecordQuery,
  list: (query: RecordQuery) => Promise<RecordPage<T>>,
): AsyncGenerator<RecordBatch<T>, undefined, void> {
  let position = query.cursor ?? null;
  for (let next: string | null = position; ; ) {
    const page: RecordPage<T> = await list({ ...query, limit, cursor: next });
    position = page.records.at(-1)?._nango_metadata.cursor ?? position;
    yield { records: page.records, cursor: position };
    if (!page.next_cursor) return;
    next = page.next_cursor;
  }
}
