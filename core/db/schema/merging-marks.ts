// Streams that a run must not overwrite where somebody else has changed them since its mark.
import { sql } from 'drizzle-orm';
import { bigint, customType, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { environmentId } from './columns.ts';

const int8multirange = customType<{ data: string }>({ dataType: () => 'int8multirange' });

export const mergingMarks = pgTable(
  'merging_marks',
  {
    runId: uuid('run_id').notNull(),
    streamId: bigint('stream_id', { mode: 'number' }).notNull(),
    environmentId: environmentId(),
    /** The stream's last change number when the run asked for it. */
    mark: bigint('mark', { mode: 'bigint' }).notNull(),
    /** Change numbers that the run itself took since: one range while nobody else writes. */
    own: int8multirange('own').notNull().default(sql`'{}'`),
  },
  (table) => [primaryKey({ columns: [table.runId, table.streamId] })],
);
