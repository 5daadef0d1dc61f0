// That a rotation is under way: begun once, found again by whoever goes on after a crash, gone when it is done.
import postgres from 'postgres';
import type { Client } from '../db/database.ts';
import { SynclineError } from '../errors.ts';

const lockId = 7_226_012; // any constant; only rotations take it

export interface Rotation {
  startedAt: Date;
  /** Somebody began it before us. */
  resumed: boolean;
}

/** The open one, or a new one. By the database's clock, as the data keys' times are. */
export async function beginRotation(platform: Client): Promise<Rotation> {
  const inserted = await platform`
    INSERT INTO instance_facts (name, value) VALUES ('key_rotation', jsonb_build_object('startedAt', clock_timestamp()))
    ON CONFLICT DO NOTHING`;
  return { startedAt: (await readRotation(platform))!, resumed: inserted.count === 0 };
}

/** undefined: none is open. */
export async function readRotation(platform: Client): Promise<Date | undefined> {
  const [row] = await platform<{ started_at: Date }[]>`
    SELECT (value->>'startedAt')::timestamptz AS started_at FROM instance_facts WHERE name = 'key_rotation'`;
  return row?.started_at;
}

export async function endRotation(platform: Client): Promise<void> {
  await platform`DELETE FROM instance_facts WHERE name = 'key_rotation'`;
}

/** One rotation at a time; the lock ends with this process, however that ends. @throws SynclineError `rotation_running` (409) */
export async function withRotationLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const client = postgres(url, { max: 1, max_lifetime: null, idle_timeout: 0, onnotice: () => {}, connect_timeout: 5 });
  try {
    const [row] = await client<{ locked: boolean }[]>`SELECT pg_try_advisory_lock(${lockId}) AS locked`;
    if (!row?.locked) {
      throw new SynclineError('rotation_running', 'Another process is rotating the keys of this database.', {
        status: 409,
        hint: 'Wait for it; if it was killed a moment ago, try again.',
      });
    }
    return await work();
  } finally {
    await client.end({ timeout: 1 });
  }
}
