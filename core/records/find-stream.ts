// From the caller's names to a stream, with what its cursors need: position, epoch and cluster, all of one moment.
import type { KeyObject } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { streams } from '../db/schema/records.ts';
import { SynclineError } from '../errors.ts';
import { type Cluster, clusterId, readCluster, timelineOf } from './cluster.ts';
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

interface Row {
  id: number;
  lastSeq: bigint;
  epoch: number;
  liveCount: number;
  timeline: string;
}

function open(
  env: EnvironmentDb,
  { cursorKey, cluster, row }: { cluster: Cluster; row: Row } & CursorKey,
): StreamState {
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
  const cluster = await readCluster(env.pages);
  const [row] = await env.pages<
    { id: string | null; last_seq: string; epoch: number; live_count: string; timeline: string }[]
  >`SELECT id, last_seq, epoch, live_count, timeline FROM find_stream(
      ${env.environmentId}, ${providerConfigKey}, ${connectionId}, ${model}, ${variant}, ${cluster.timelineReadable})`;
  if (!row) {
    throw new SynclineError(
      'unknown_connection',
      `Integration ${providerConfigKey} has no connection ${connectionId}.`,
      { status: 400 },
    );
  }
  if (row.id === null) return undefined;
  const { epoch, timeline } = row;
  return open(env, {
    cursorKey,
    cluster,
    row: { id: Number(row.id), lastSeq: BigInt(row.last_seq), epoch, liveCount: Number(row.live_count), timeline },
  });
}

/** Opens a stream whose row is known. @throws SynclineError `not_found` */
export async function readStream(
  env: EnvironmentDb,
  { cursorKey, streamId }: { streamId: number } & CursorKey,
): Promise<StreamState> {
  const cluster = await readCluster(env.pages);
  const [row] = await env.transaction((tx) =>
    tx
      .select({
        id: streams.id,
        lastSeq: streams.lastSeq,
        epoch: streams.epoch,
        liveCount: streams.liveCount,
        timeline: sql<string>`${timelineOf(cluster)}`,
      })
      .from(streams)
      .where(eq(streams.id, streamId)),
  );
  if (!row) throw new SynclineError('not_found', 'This stream is gone: its connection was deleted.', { status: 404 });
  return open(env, { cursorKey, cluster, row });
}
