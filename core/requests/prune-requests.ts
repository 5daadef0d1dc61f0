// Across tenants: answers of idempotent requests whose time is over.
import type { Client } from '../db/database.ts';
import { keptFor } from './claim-request.ts';

/** @returns how many were removed; ask again while it is `limit` */
export async function pruneRequests(platform: Client, { limit = 1_000 }: { limit?: number } = {}): Promise<number> {
  const rows = await platform`
    DELETE FROM idempotent_requests WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM idempotent_requests WHERE created_at < now() - ${keptFor}::text::interval LIMIT ${limit}))
    RETURNING created_at`;
  return rows.length;
}
