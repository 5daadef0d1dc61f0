// The steps of the `connection` workflow: wake the syncs of a new connection, say which functions its events owe, remove what
// a deleted one leaves.
import { heartbeat } from '@temporalio/activity';
import { owedFunctions, settle } from '../core/connections/owed-functions.ts';
import type { Database } from '../core/db/database.ts';
import { syncIdsOf } from '../core/syncs/find-syncs.ts';
import type { Poke } from '../core/syncs/poke.ts';
import { purgeConnection as purge } from '../core/syncs/teardown.ts';
import type { PlatformActivities } from './contract.ts';
import { toFailure } from './to-failure.ts';

export function createFollowConnection({
  database,
  poke,
}: {
  database: Database;
  poke: Poke;
}): Pick<PlatformActivities, 'startSyncs' | 'listOnEvents' | 'settleConnection' | 'purgeConnection'> {
  async function pokeAll(environmentId: string, connectionId: string, stopRun: boolean): Promise<void> {
    for (const id of await syncIdsOf(await database.forEnvironment(environmentId), connectionId))
      await poke.sync(environmentId, id, { stopRun });
  }
  return {
    async startSyncs({ environmentId, connectionId }) {
      try {
        await pokeAll(environmentId, connectionId, false);
      } catch (cause) {
        throw toFailure(cause);
      }
    },
    async listOnEvents({ environmentId, connectionId, event }) {
      try {
        return await owedFunctions(await database.forEnvironment(environmentId), connectionId, event);
      } catch (cause) {
        throw toFailure(cause);
      }
    },
    async settleConnection({ environmentId, connectionId }) {
      try {
        await settle(await database.forEnvironment(environmentId), connectionId);
      } catch (cause) {
        throw toFailure(cause);
      }
    },
    async purgeConnection({ environmentId, connectionId }) {
      try {
        await pokeAll(environmentId, connectionId, true);
        await purge(await database.forEnvironment(environmentId), connectionId, () => heartbeat());
      } catch (cause) {
        throw toFailure(cause);
      }
    },
  };
}
