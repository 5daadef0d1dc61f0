// `syncline keys check`: what is on which key, and whether one of the operator's keys may go.
import { openDatabase } from '../db/database.ts';
import { countValues } from './count-values.ts';
import { kekOf } from './key-encryption.ts';
import { readRotation } from './rotation-fact.ts';
import { listWrappedKeys } from './wrapped-keys.ts';

export interface OperatorKey {
  /** Short, public name. */
  id: string;
  /** The first of SYNCLINE_ENCRYPTION_KEY. */
  active: boolean;
  wraps: { root: boolean; dataKeys: number };
  /** Nothing needs it: it may leave the list. The active one never may. */
  droppable: boolean;
}

export interface ColumnOnKeys {
  environment: string;
  column: string;
  values: number;
  /** Made by the data key that encrypts now. */
  active: number;
  /** Made by earlier ones. */
  older: number;
}

export interface KeyCheck {
  keys: OperatorKey[];
  columns: ColumnOnKeys[];
  /** A rotation that did not end. */
  rotationSince: Date | null;
}

/** Reads every encrypted column whole. @throws SynclineError `wrong_encryption_key` when a key that is needed is not given */
export async function checkKeys({ url, encryptionKeys }: { url: string; encryptionKeys: Buffer[] }): Promise<KeyCheck> {
  const pools = { main: 1, pages: 1, platform: 1, locks: 1 };
  const database = await openDatabase({ url, encryptionKeys, pools, applicationName: 'syncline-keys' });
  try {
    const { platform } = database;
    const wrapped = await listWrappedKeys(platform);
    const keys = encryptionKeys.map(kekOf).map(({ id }, index): OperatorKey => {
      const mine = wrapped.filter(({ kekId }) => kekId === id);
      const wraps = { root: mine.some(({ dataKeyId }) => dataKeyId === null), dataKeys: 0 };
      wraps.dataKeys = mine.length - Number(wraps.root);
      return { id, active: index === 0, wraps, droppable: index > 0 && mine.length === 0 };
    });
    const columns: ColumnOnKeys[] = [];
    const environments = await platform<{ id: string; name: string }[]>`
      SELECT id, name FROM environments ORDER BY number`;
    for (const { id, name } of environments) {
      const environment = await database.forEnvironment(id);
      for (const { column, byKey } of await countValues(environment)) {
        const values = [...byKey.values()].reduce((sum, count) => sum + count, 0);
        const active = byKey.get(environment.cipher.activeKeyId) ?? 0;
        const label = `${column.table}.${column.column}`;
        columns.push({ environment: name, column: label, values, active, older: values - active });
      }
    }
    return { keys, columns, rotationSince: (await readRotation(platform)) ?? null };
  } finally {
    await database.close();
  }
}
