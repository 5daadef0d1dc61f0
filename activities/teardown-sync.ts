// Removes what a deleted sync leaves.
import { heartbeat } from '@temporalio/activity';
import type { Database } from '../core/db/database.ts';
import { teardownSync as teardown } from '../core/syncs/teardown.ts';
import type { PlatformActivities } from './contract.ts';
import { toFailure } from './to-failure.ts';

export const createTeardownSync = (database: Database): PlatformActivities['teardownSync'] =>
  async function teardownSync({ environmentId, syncId }) {
    try {
      await teardown(await database.forEnvironment(environmentId), syncId, () => heartbeat());
    } catch (cause) {
      throw toFailure(cause);
    }
  };
