// Every sync of the environment, in pages: `GET /syncs`.
import { and, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { syncs } from '../db/schema/syncs.ts';
import { cutPage, decodeListCursor } from './list-cursor.ts';
import { renderStatuses, type SyncState, type SyncStatus, selectSyncs, stateOfSync } from './status.ts';

export interface SyncEntry extends SyncStatus {
  provider_config_key: string;
  auto_start: boolean;
  active_run_id: string | null;
  last_run_id: string | null;
}

export interface SyncFilter {
  providerConfigKey?: string;
  /** The caller's text. */
  connectionId?: string;
  name?: string;
  variant?: string;
  status?: SyncState;
  cursor?: string;
  /** 1 to 100 */
  limit?: number;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Oldest first. @throws SynclineError invalid_cursor */
export async function listSyncs(
  environment: EnvironmentDb,
  { cursor, limit = 25, ...filter }: SyncFilter = {},
): Promise<{ data: SyncEntry[]; next_cursor: string | null }> {
  const conditions: (SQL | undefined)[] = [
    cursor === undefined ? undefined : gt(syncs.id, decodeListCursor(cursor, uuid)),
    filter.providerConfigKey === undefined ? undefined : eq(integrations.uniqueKey, filter.providerConfigKey),
    filter.connectionId === undefined ? undefined : eq(connections.connectionId, filter.connectionId),
    filter.name === undefined ? undefined : eq(syncs.name, filter.name),
    filter.variant === undefined ? undefined : eq(syncs.variant, filter.variant),
    filter.status === undefined ? undefined : sql`(${stateOfSync}) = ${filter.status}`,
  ];
  return environment.transaction(async (tx) => {
    const rows = await selectSyncs(tx, and(...conditions)).limit(limit + 1);
    const statuses = new Map((await renderStatuses(tx, rows)).map((status) => [status.id, status]));
    const { data, nextCursor } = cutPage(
      rows,
      limit,
      ({ sync }) => sync.id,
      ({ sync, integration, definition }) => ({
        ...statuses.get(sync.id)!,
        provider_config_key: integration,
        auto_start: definition.autoStart !== false,
        active_run_id: sync.openRunId,
        last_run_id: sync.lastRunId,
      }),
    );
    return { data, next_cursor: nextCursor };
  });
}
