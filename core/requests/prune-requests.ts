// Across tenants: answers of idempotent requests whose time is over.
import type { Client } from '../db/database.ts';
import { keptFor } from './claim-request.ts';

/** @returns how many were removed */
export async function pruneRequests(platform: Client): Promise<number> {
  const { count } = await platform`
    DELETE FROM idempotent_requests WHERE created_at < now() - ${keptFor}::text::interval`;
  return count;
}
