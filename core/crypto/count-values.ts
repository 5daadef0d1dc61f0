// How many values of each column lie under which data key.
import type { EnvironmentDb } from '../db/database.ts';
import { type EncryptedColumn, encryptedColumns } from './encrypted-columns.ts';
import { inEnvironment, isCiphertext, keyIdBytes } from './reencrypt-column.ts';

export interface ColumnCount {
  column: EncryptedColumn;
  /** By id of the data key. */
  byKey: ReadonlyMap<number, number>;
}

/** Columns with a value; each is read whole, which takes seconds for a million records. */
export async function countValues(environment: EnvironmentDb): Promise<ColumnCount[]> {
  const counts: ColumnCount[] = [];
  for (const entry of encryptedColumns) {
    const { table, column } = entry;
    const rows = await inEnvironment(environment, (sql) =>
      sql.unsafe<{ key: Buffer; count: number }[]>(
        `SELECT ${keyIdBytes(column)} AS key, count(*)::int AS count FROM ${table} WHERE ${isCiphertext(column)} GROUP BY 1`,
      ),
    );
    if (rows.length === 0) continue;
    counts.push({ column: entry, byKey: new Map(rows.map(({ key, count }) => [key.readUInt32BE(), count])) });
  }
  return counts;
}

/** Values that another key than the given one made. */
export const staleIn = ({ byKey }: ColumnCount, activeKeyId: number): number =>
  [...byKey].reduce((sum, [keyId, count]) => (keyId === activeKeyId ? sum : sum + count), 0);
