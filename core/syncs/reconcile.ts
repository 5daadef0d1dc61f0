// Makes Temporal follow Postgres: finds syncs whose workflow has missed a poke, is overdue or gone, for the caller to poke.
// Across tenants, so through the platform client, which sees the desired state of syncs and nothing of what they hold.
import type { Client } from '../db/database.ts';

export interface SyncToPoke {
  environmentId: string;
  syncId: string;
  /** Poke with `stopRun`: the open run should end (pause, reset, cancel, delete). */
  stop?: true;
}

interface Row {
  environment_id: string;
  id: string;
  stop: boolean;
}

const toPoke = ({ environment_id, id, stop }: Row): SyncToPoke => ({
  environmentId: environment_id,
  syncId: id,
  ...(stop && { stop }),
});

// A pause cleared `requested`; when it is set again, somebody wanted a run since and the stop is void.
const stopWanted = (client: Client) => client`
  (s.open_run_id IS NOT NULL AND s.revision > s.seen_revision AND (
    s.desired = 'deleted' OR (s.desired = 'paused' AND s.requested IS NULL) OR s.requested_mode <> 'incremental'
    OR s.cancel_run_id = s.open_run_id)) AS stop`;

/**
 * Claims syncs to poke, each at most every 30 s, so that several processes may do this at once. A poke too many is harmless.
 * - unread: a command whose poke may be lost; a run in progress keeps it unread without fault
 * - overdue: active, its slot passed `olderThanMs` ago, no run, its function enabled
 * - stuck: a run open or a purge unfinished for longer than any slice lasts; every 10 min
 */
export async function findSyncsToPoke(
  platform: Client,
  { olderThanMs = 60_000, limit = 200 }: { olderThanMs?: number; limit?: number } = {},
): Promise<SyncToPoke[]> {
  const rows = await platform<Row[]>`
    WITH unread AS (
      SELECT id FROM syncs
      WHERE revision > seen_revision AND (poked_at IS NULL OR poked_at < now() - interval '30 s')
      ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ), due AS (
      SELECT id FROM syncs
      WHERE next_run_at < now() - ${olderThanMs} * interval '1 ms'
        AND (poked_at IS NULL OR poked_at < now() - interval '30 s')
        AND CASE
          WHEN desired = 'active' AND open_run_id IS NULL THEN (period_ms IS NOT NULL OR last_run_id IS NULL)
            AND NOT EXISTS (SELECT 1 FROM functions f WHERE f.id = function_id AND NOT f.enabled)
          WHEN desired = 'deleted' THEN deleted_at < now() - interval '10 min' AND (poked_at IS NULL OR poked_at < now() - interval '10 min')
          WHEN desired = 'active' THEN next_run_at < now() - interval '1 h' AND (poked_at IS NULL OR poked_at < now() - interval '10 min')
          ELSE false END
      ORDER BY next_run_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ), chosen AS (
      SELECT id FROM unread UNION SELECT id FROM due LIMIT ${limit}
    )
    UPDATE syncs s SET poked_at = now() FROM chosen c WHERE s.id = c.id
    RETURNING s.environment_id, s.id, ${stopWanted(platform)}`;
  return rows.map(toPoke);
}

/** Every row in order of id, for when Temporal has forgotten all. Ask again with the last id until the list is empty. */
export async function listSyncsToPoke(
  platform: Client,
  { after, limit = 200 }: { after?: string; limit?: number } = {},
): Promise<SyncToPoke[]> {
  const rows = await platform<Row[]>`
    SELECT s.environment_id, s.id, ${stopWanted(platform)} FROM syncs s
    WHERE s.id > ${after ?? '00000000-0000-0000-0000-000000000000'} ORDER BY s.id LIMIT ${limit}`;
  return rows.map(toPoke);
}

/** True when these workflows live in another namespace than we last filled: Temporal's data was lost or replaced. */
export async function namespaceChanged(platform: Client, namespaceId: string): Promise<boolean> {
  const [row] = await platform<{ value: string }[]>`SELECT value FROM instance_facts WHERE name = 'temporal_namespace'`;
  return row?.value !== namespaceId;
}

/** Call it when everything was poked, not before: a crash half-way then begins again. */
export async function rememberNamespace(platform: Client, namespaceId: string): Promise<void> {
  await platform`
    INSERT INTO instance_facts (name, value) VALUES ('temporal_namespace', ${platform.json(namespaceId)})
    ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
}

/** Connections whose purge has not ended: its start may be lost. The row goes with the purge, so nothing is found twice for long. */
export async function findConnectionsToPurge(
  platform: Client,
  { olderThanMs = 60_000, limit = 50 }: { olderThanMs?: number; limit?: number } = {},
): Promise<{ environmentId: string; connectionId: string }[]> {
  const rows = await platform<{ environment_id: string; id: string }[]>`
    SELECT environment_id, id FROM connections WHERE deleted_at < now() - ${olderThanMs} * interval '1 ms' ORDER BY deleted_at LIMIT ${limit}`;
  return rows.map(({ environment_id, id }) => ({ environmentId: environment_id, connectionId: id }));
}
