// Across tenants: sessions, flows and results whose time is over.
import type { Client } from '../../db/database.ts';

/** A flow may outlive the session that opened it, and looks for it at its end. */
const sessionsKeptFor = '15 minutes';

/** @returns how many sessions were removed; ask again while it is `limit` */
export async function pruneSessions(platform: Client, { limit = 1_000 }: { limit?: number } = {}): Promise<number> {
  await platform`
    DELETE FROM oauth_flows WHERE id IN (SELECT id FROM oauth_flows WHERE expires_at < now() LIMIT ${limit})`;
  await platform`
    DELETE FROM flow_results WHERE client_hash IN (
      SELECT client_hash FROM flow_results WHERE expires_at < now() LIMIT ${limit})`;
  const rows = await platform`
    DELETE FROM connect_sessions WHERE id IN (
      SELECT id FROM connect_sessions WHERE expires_at < now() - ${sessionsKeptFor}::text::interval LIMIT ${limit})
    RETURNING id`;
  return rows.length;
}
