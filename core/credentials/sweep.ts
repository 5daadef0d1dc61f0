// Renews what is due although nobody asks for it, so that a token is fresh when somebody does. The times are spread when tokens
// come (renewal-time.ts); here their due ones are found across tenants, in turns of their integrations, and renewed by the
// same protocol as on demand.
import type { Client, Database } from '../db/database.ts';
import { SynclineError } from '../errors.ts';
import type { Credentials } from './credentials.ts';

export interface DueCredential {
  environmentId: string;
  /** Our uuid. */
  connectionId: string;
  integrationId: string;
}

export interface Shard {
  shard: number;
  /** How many there are; each connection belongs to one. */
  shards: number;
}

/** Of an environment, the longest due: what an index brings in a few ms, whatever else there is. */
const windowRows = 1_000;

/** Nothing that waits for its back-off or its user. One of each integration, then a second of each, and so on. */
export async function findDue(
  platform: Client,
  { shard, shards, limit }: Shard & { limit: number },
): Promise<DueCredential[]> {
  const rows = await platform<{ environment_id: string; connection_id: string; integration_id: string }[]>`
    SELECT d.environment_id, d.connection_id, d.integration_id
    FROM environments e CROSS JOIN LATERAL (
      SELECT c.environment_id, c.connection_id, c.refresh_at, o.integration_id,
        row_number() OVER (PARTITION BY o.integration_id ORDER BY c.refresh_at) AS turn
      FROM (
        SELECT environment_id, connection_id, refresh_at FROM credentials
        WHERE environment_id = e.id AND refresh_at <= now() AND refresh_at IS NOT NULL AND needs_reauth_at IS NULL
          AND (backoff_until IS NULL OR backoff_until <= now())
          AND (hashtext(connection_id::text) & 2147483647) % ${shards}::int = ${shard}::int
        ORDER BY refresh_at LIMIT ${windowRows}
      ) c JOIN connections o ON o.id = c.connection_id AND o.deleted_at IS NULL
    ) d ORDER BY d.turn, d.refresh_at LIMIT ${limit}`;
  return rows.map(({ environment_id, connection_id, integration_id }) => ({
    environmentId: environment_id,
    connectionId: connection_id,
    integrationId: integration_id,
  }));
}

export interface SweepResult {
  tried: number;
  /** Only the user can help from now on. */
  needsReauth: number;
  /** Tried again after a pause. */
  failed: number;
}

export interface SweepOptions extends Shard {
  /** No renewal begins after it. */
  budgetMs: number;
  /** At once; each holds a connection of the locks' small pool for as long as its provider takes. */
  atOnce?: number;
  /** Of them for one integration, so that a slow provider does not hold all. */
  atOnceEach?: number;
  batch?: number;
  beat?: () => void;
}

export async function sweepCredentials(
  { database, credentials }: { database: Pick<Database, 'platform'>; credentials: Pick<Credentials, 'refresh'> },
  { shard, shards, budgetMs, atOnce = 4, atOnceEach = 3, batch = 200, beat = () => {} }: SweepOptions,
): Promise<SweepResult> {
  const endsAtMs = performance.now() + budgetMs;
  const isOver = () => performance.now() >= endsAtMs;
  const result: SweepResult = { tried: 0, needsReauth: 0, failed: 0 };
  const seen = new Set<string>();

  async function renew({ environmentId, connectionId }: DueCredential): Promise<void> {
    result.tried++;
    try {
      await credentials.refresh(environmentId, connectionId);
    } catch (cause) {
      if (cause instanceof SynclineError && cause.code === 'connection_refresh_exhausted') result.needsReauth++;
      else result.failed++; // its row says why and until when
    }
    beat();
  }

  while (!isOver()) {
    // One that stays due although it was tried (its provider is gone from the catalogue) is not tried for ever.
    const found = await findDue(database.platform, { shard, shards, limit: batch });
    const due = found.filter(({ connectionId }) => !seen.has(connectionId));
    if (due.length === 0) break;
    for (const { connectionId } of due) seen.add(connectionId);
    await runFairly(due, { atOnce, atOnceEach, isOver, work: renew });
  }
  return result;
}

interface Fairly {
  atOnce: number;
  atOnceEach: number;
  isOver(): boolean;
  work(one: DueCredential): Promise<void>;
}

/** In their order, except that an integration with enough under way lets the others pass. */
async function runFairly(due: DueCredential[], { atOnce, atOnceEach, isOver, work }: Fairly): Promise<void> {
  const waiting = [...due];
  const running = new Map<string, number>();
  const runner = async () => {
    while (!isOver()) {
      const at = waiting.findIndex(({ integrationId }) => (running.get(integrationId) ?? 0) < atOnceEach);
      if (at < 0) return; // whoever is at work there goes on with the rest
      const [one] = waiting.splice(at, 1) as [DueCredential];
      running.set(one.integrationId, (running.get(one.integrationId) ?? 0) + 1);
      await work(one);
      running.set(one.integrationId, running.get(one.integrationId)! - 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runner));
}
