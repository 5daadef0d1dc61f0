// Which history of which database this is: a restore or a failover changes it, and makes the cursors of before stale.
//
// The system identifier tells clusters apart, the oid a database dropped and restored, the timeline a promoted standby.
import { createHash } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import type { Client } from '../db/database.ts';
import { clusterBytes } from './cursor.ts';

export interface Cluster {
  identity: string;
  /** Some managed services forbid the WAL functions; then only `stream.lastSeq` and the epoch protect readers. */
  timelineReadable: boolean;
}

const attempt = async (query: Promise<readonly { value: string }[]>): Promise<string | undefined> => {
  try {
    return (await query)[0]?.value;
  } catch (error) {
    const { code } = error as { code?: string };
    // insufficient_privilege, undefined_function, feature_not_supported, object_not_in_prerequisite_state
    if (['42501', '42883', '0A000', '55000'].includes(code ?? '')) return undefined;
    throw error;
  }
};

const known = new WeakMap<Client, Promise<Cluster>>();

/** Asks once per client what may be asked here. */
export function readCluster(client: Client): Promise<Cluster> {
  let cluster = known.get(client);
  if (!cluster) {
    cluster = probe(client);
    known.set(client, cluster);
    cluster.catch(() => known.delete(client));
  }
  return cluster;
}

async function probe(client: Client): Promise<Cluster> {
  const system = await attempt(client`SELECT system_identifier::text AS value FROM pg_control_system()`);
  const [database] = await client`SELECT oid::text AS oid FROM pg_database WHERE datname = current_database()`;
  const timeline = await attempt(client`SELECT pg_walfile_name(pg_current_wal_lsn()) AS value`);
  return { identity: `${system ?? ''}|${database?.['oid']}`, timelineReadable: timeline !== undefined };
}

/** For the query that finds a stream: a failover under a living process must show in the very next call. */
export const timelineOf = ({ timelineReadable }: Cluster): SQL<string> =>
  timelineReadable ? sql`substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)` : sql`''`;

/** @example clusterId(await readCluster(env.pages), '00000001') */
export const clusterId = ({ identity }: Cluster, timeline: string): Buffer =>
  createHash('sha256').update(`${identity}|${timeline}`).digest().subarray(0, clusterBytes);
