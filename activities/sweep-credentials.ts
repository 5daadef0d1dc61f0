// One shard's turn of renewing what is due. How is core/credentials' business; what fails there is in the rows and not here.
import { heartbeat } from '@temporalio/activity';
import type { Credentials } from '../core/credentials/credentials.ts';
import { sweepCredentials as sweep } from '../core/credentials/sweep.ts';
import type { Database } from '../core/db/database.ts';
import type { PlatformActivities } from './contract.ts';
import { toFailure } from './to-failure.ts';

export const createSweepCredentials = (parts: {
  database: Database;
  credentials: Credentials;
}): PlatformActivities['sweepCredentials'] =>
  async function sweepCredentials({ shard, shards, budgetMs }) {
    try {
      return await sweep(parts, { shard, shards, budgetMs, beat: () => heartbeat() });
    } catch (cause) {
      throw toFailure(cause);
    }
  };
