// The root and the data keys as they lie in the database: which of the operator's keys wraps each, and wrapping them anew.
import { randomBytes } from 'node:crypto';
import type { Client } from '../db/database.ts';
import { type KeyEncryptionKey, unwrap, wrap } from './key-encryption.ts';

interface RootRow {
  kekId: string;
  wrapped: string;
}

export interface WrappedKey {
  /** null: the root, from which the keys of hashes and cursors follow. */
  dataKeyId: number | null;
  environmentId: string | null;
  kekId: string;
  /** A data key that encrypts nothing any more, or soon. */
  retired: boolean;
}

export async function listWrappedKeys(platform: Client): Promise<WrappedKey[]> {
  const roots = await platform<{ value: RootRow }[]>`SELECT value FROM instance_facts WHERE name = 'root_key'`;
  const keys = await platform<{ id: number; environment_id: string; kek_id: string; retired: boolean }[]>`
    SELECT id, environment_id, kek_id, retired_at IS NOT NULL AS retired FROM data_keys ORDER BY id`;
  return [
    ...roots.map(({ value }) => ({ dataKeyId: null, environmentId: null, kekId: value.kekId, retired: false })),
    ...keys.map(({ id, environment_id, kek_id, retired }) => ({
      dataKeyId: id,
      environmentId: environment_id,
      kekId: kek_id,
      retired,
    })),
  ];
}

/**
 * Wraps with the first of the operator's keys whatever another one wraps; the keys inside stay, so nobody notices.
 * @returns how many. @throws SynclineError `wrong_encryption_key`
 */
export async function rewrapKeys(platform: Client, keks: readonly KeyEncryptionKey[]): Promise<number> {
  const active = keks[0]!;
  let rewrapped = 0;
  const [root] = await platform<{ value: RootRow }[]>`SELECT value FROM instance_facts WHERE name = 'root_key'`;
  if (root && root.value.kekId !== active.id) {
    const { kekId, wrapped } = root.value;
    const about = { kekId, aad: 'root', wrapped: Buffer.from(wrapped, 'base64'), what: 'the data in this database' };
    const value = { kekId: active.id, wrapped: wrap(active, 'root', unwrap(keks, about)).toString('base64') };
    const { count } = await platform`
      UPDATE instance_facts SET value = ${platform.json(value)} WHERE name = 'root_key' AND value->>'kekId' = ${kekId}`;
    rewrapped += count;
  }
  const rows = await platform<{ id: number; environment_id: string; wrapped: Buffer; kek_id: string }[]>`
    SELECT id, environment_id, wrapped, kek_id FROM data_keys WHERE kek_id <> ${active.id}`;
  for (const { id, environment_id, wrapped, kek_id } of rows) {
    const aad = `data|${environment_id}`;
    const bytes = unwrap(keks, { kekId: kek_id, aad, wrapped, what: `data key ${id}` });
    const { count } = await platform`
      UPDATE data_keys SET wrapped = ${wrap(active, aad, bytes)}, kek_id = ${active.id} WHERE id = ${id} AND kek_id = ${kek_id}`;
    rewrapped += count;
  }
  return rewrapped;
}

export interface Announcement {
  /** Of the rotation: keys from after it need no successor. */
  startedAt: Date;
  /** How long the last key goes on encrypting, so that every process learns of the next before it opens its values. */
  activateAfterMs: number;
}

/** The next data key of each environment, once, however often it is asked for. @returns ms until the last one is active */
export async function announceDataKeys(
  platform: Client,
  kek: KeyEncryptionKey,
  { startedAt, activateAfterMs }: Announcement,
): Promise<number> {
  const due = await platform<{ environment_id: string }[]>`
    SELECT environment_id FROM data_keys WHERE retired_at IS NULL AND created_at < ${startedAt} ORDER BY id`;
  for (const { environment_id } of due) {
    await platform.begin(async (sql) => {
      const { count } = await sql`
        UPDATE data_keys SET retired_at = clock_timestamp() + ${activateAfterMs}::int * interval '1 ms'
        WHERE environment_id = ${environment_id} AND retired_at IS NULL AND created_at < ${startedAt}`;
      if (count === 0) return;
      await sql`
        INSERT INTO data_keys (environment_id, wrapped, kek_id, created_at)
        VALUES (${environment_id}, ${wrap(kek, `data|${environment_id}`, randomBytes(32))}, ${kek.id}, clock_timestamp())`;
    });
  }
  const [last] = await platform<{ ms: number | null }[]>`
    SELECT (extract(epoch FROM max(retired_at) - clock_timestamp()) * 1000)::float8 AS ms FROM data_keys`;
  return Math.max(0, last?.ms ?? 0);
}
