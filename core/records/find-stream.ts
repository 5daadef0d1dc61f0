// From the caller's names to a stream, with what its cursors need: position, epoch and cluster, all of one moment.
import type { KeyObject } from 'node:crypto';
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { streams } from '../db/schema/records.ts';
import { SynclineError } from '../errors.ts';
import { clusterId, readCluster, timelineOf } from './cluster.ts';
import { openCursors, type StreamCursors } from './cursor.ts';

export interface StreamState {
  id: number;
  /** Every change up to this number was committed when the stream was opened. */
  lastSeq: bigint;
  liveCount: number;
  cursors: StreamCursors;
}

export interface StreamNames {
  providerConfigKey: string;
  /** The caller's own id. */
  connectionId: string;
  model: string;
  variant: string;
}

/** `database.keys.purpose('cursor')` */
export interface CursorKey {
  cursorKey: KeyObject;
}

const stream = { id: streams.id, lastSeq: streams.lastSeq, epoch: streams.epoch, liveCount: streams.liveCount };

type Row = { id: number; lastSeq: bigint; epoch: number; liveCount: number; timeline: string };

async function open(
  env: EnvironmentDb,
  cursorKey: KeyObject,
  read: (timeline: SQL<string>) => Promise<Row | undefined>,
): Promise<StreamState | undefined> {
  const cluster = await readCluster(env.pages);
  const row = await read(timelineOf(cluster));
  if (!row) return undefined;
  const cursors = openCursors(cursorKey, {
    environmentId: env.environmentId,
    streamId: row.id,
    epoch: row.epoch,
    cluster: clusterId(cluster, row.timeline),
  });
  return { id: row.id, lastSeq: row.lastSeq, liveCount: row.liveCount, cursors };
}

/**
 * @returns undefined when the connection has no such model or variant (yet)
 * @throws SynclineError `unknown_connection` (400, also for an unknown integration)
 */
export async function findStream(
  env: EnvironmentDb,
  { cursorKey, providerConfigKey, connectionId, model, variant }: StreamNames & CursorKey,
): Promise<StreamState | undefined> {
  return await open(env, cursorKey, async (timeline) => {
    const [row] = await env.transaction((tx) =>
      tx
        .select({ ...stream, timeline })
        .from(connections)
        .innerJoin(integrations, and(eq(integrations.id, connections.integrationId), isNull(integrations.deletedAt)))
        .leftJoin(
          streams,
          and(eq(streams.connectionId, connections.id), eq(streams.model, model), eq(streams.variant, variant)),
        )
        .where(
          and(
            eq(integrations.uniqueKey, providerConfigKey),
            eq(connections.connectionId, connectionId),
            isNull(connections.deletedAt),
          ),
        ),
    );
    if (!row) {
      throw new SynclineError(
        'unknown_connection',
        `Integration ${providerConfigKey} has no connection ${connectionId}.`,
        {
          status: 400,
        },
      );
    }
    return row.id === null ? undefined : (row as Row);
  });
}

/** Opens a stream whose row is known. @throws SynclineError `not_found` */
export async function readStream(
  env: EnvironmentDb,
  { cursorKey, streamId }: { streamId: number } & CursorKey,
): Promise<StreamState> {
  const found = await open(env, cursorKey, async (timeline) => {
    const [row] = await env.transaction((tx) =>
      tx
        .select({ ...stream, timeline: sql<string>`${timeline}` })
        .from(streams)
        .where(eq(streams.id, streamId)),
    );
    return row;
  });
  if (!found) throw new SynclineError('not_found', 'This stream is gone: its connection was deleted.', { status: 404 });
  return found;
}
