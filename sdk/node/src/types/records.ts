// Records: what a stream holds, and how it is read.
import type { Place } from './place.ts';

export type RecordAction = 'ADDED' | 'UPDATED' | 'DELETED';

export interface RecordMetadata {
  first_seen_at: string;
  last_modified_at: string;
  last_action: RecordAction;
  deleted_at: string | null;
  /** Then `id` and this are all that is left of the record. */
  pruned_at: string | null;
  /** Continue after this record. */
  cursor: string;
}

export type StoredRecord<T> = T & { id: string | number; _nango_metadata: RecordMetadata };

export interface RecordPage<T> {
  records: StoredRecord<T>[];
  /** Null on the last page; the last record's own cursor is then where to go on next time. */
  next_cursor: string | null;
}

type Filter = RecordAction | Lowercase<RecordAction>;

export interface RecordQuery extends Place {
  variant?: string | undefined;
  /** Continue after it. Keep the last one: a reader that always passes it back ends with an exact copy. */
  cursor?: string | null | undefined;
  /** 1 to 10,000; the server's default is 100. */
  limit?: number | undefined;
  /** Only these; several are a union. `'added,updated'` is taken too. */
  filter?: Filter | `${Filter},${Filter}` | Filter[] | undefined;
  /** ISO time, at most 365 days ago. */
  modifiedAfter?: string | undefined;
  /** @deprecated The old name of `modifiedAfter`. */
  delta?: string | undefined;
  /** At most 100. */
  ids?: readonly (string | number)[] | undefined;
}

export interface PruneQuery<Model extends string = string> extends Place {
  model: Model;
  variant?: string | undefined;
  /** The payloads up to this record and its own go. */
  untilCursor: string;
  /** At most 10,000 at a time. Default 1,000. */
  limit?: number | undefined;
}

export interface PruneAnswer {
  count: number;
  has_more: boolean;
}
