// The row of a sync, for its workflow.
import type { Database } from '../core/db/database.ts';
import { readSync as read } from '../core/syncs/desired-state.ts';
import type { PlatformActivities } from './contract.ts';
import { toFailure } from './to-failure.ts';

export const createReadSync = (database: Database): PlatformActivities['readSync'] =>
  async function readSync({ environmentId, syncId }) {
    try {
      return await read(await database.forEnvironment(environmentId), syncId);
    } catch (cause) {
      throw toFailure(cause);
    }
  };
