// Across tenants: finds asynchronous actions whose workflow a crash or an outage left unstarted, and removes old results.
import type { Client } from '../db/database.ts';

export interface OpenAction {
  environmentId: string;
  actionId: string;
}

interface Row {
  environment_id: string;
  id: string;
}

const toAction = ({ environment_id, id }: Row): OpenAction => ({ environmentId: environment_id, actionId: id });

/** Claims them, each at most every 10 min: one that waits for its turn or runs is open as well, and a start too many is harmless. */
export async function findActionsToStart(
  platform: Client,
  { olderThanMs = 15_000, limit = 200 }: { olderThanMs?: number; limit?: number } = {},
): Promise<OpenAction[]> {
  const rows = await platform<Row[]>`
    WITH due AS (
      SELECT id FROM async_actions
      WHERE finished_at IS NULL AND created_at < now() - ${olderThanMs} * interval '1 ms'
        AND (poked_at IS NULL OR poked_at < now() - interval '10 min')
      ORDER BY created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    UPDATE async_actions a SET poked_at = now() FROM due WHERE a.id = due.id RETURNING a.environment_id, a.id`;
  return rows.map(toAction);
}

/** All that are open, in order of id, for when Temporal has forgotten them. Ask again with the last id until the list is empty. */
export async function listOpenActions(
  platform: Client,
  { after, limit = 200 }: { after?: string; limit?: number } = {},
): Promise<OpenAction[]> {
  const rows = await platform<Row[]>`
    SELECT environment_id, id FROM async_actions
    WHERE finished_at IS NULL AND id > ${after ?? '00000000-0000-0000-0000-000000000000'} ORDER BY id LIMIT ${limit}`;
  return rows.map(toAction);
}

const keptFor = '5 days';

/** @returns how many were removed */
export async function pruneActions(platform: Client): Promise<number> {
  const { count } = await platform`DELETE FROM async_actions WHERE finished_at < now() - ${keptFor}::text::interval`;
  return count;
}
