// Across tenants: connections whose creation a crash left half done. What owes functions is followed again; what was being
// validated is taken back, because nobody was told of it.
import type { Client, Database } from '../db/database.ts';
import type { Poke } from '../syncs/poke.ts';
import { withdrawAbandoned } from './establish-connection.ts';

interface Unsettled {
  environment_id: string;
  id: string;
  stage: string;
}

/** Longer than any validation takes: each function has 30 s to start and 5 min to run. */
const validatingMs = 20 * 60_000;

async function findUnsettled(
  platform: Client,
  { owedMs, limit }: { owedMs: number; limit: number },
): Promise<Unsettled[]> {
  return platform<Unsettled[]>`
    SELECT environment_id, id, stage FROM connections
    WHERE stage IN ('validating', 'created') AND deleted_at IS NULL
      AND created_at < now() - CASE stage WHEN 'validating' THEN ${validatingMs}::int ELSE ${owedMs}::int END * interval '1 ms'
    ORDER BY created_at LIMIT ${limit}`;
}

/** @param owedMs how long the functions of a creation may take before its workflow is started once more */
export async function settleConnections(
  { database, poke }: { database: Database; poke: Poke },
  { owedMs = 60_000, limit = 50 } = {},
): Promise<void> {
  for (const { environment_id: environmentId, id, stage } of await findUnsettled(database.platform, {
    owedMs,
    limit,
  })) {
    if (stage === 'created') await poke.connection(environmentId, id, 'created');
    else {
      const place = { connectionId: id, olderThanMs: validatingMs };
      const removed = await withdrawAbandoned(await database.forEnvironment(environmentId), place);
      if (removed) await poke.connection(environmentId, id, 'deleted');
    }
  }
}
