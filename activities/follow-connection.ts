// The steps of the `connection` workflow: wake the syncs of a new connection, say which functions its events owe, revoke and remove
// what a deleted one leaves.
import { heartbeat } from '@temporalio/activity';
import { owedFunctions, settle } from '../core/connections/owed-functions.ts';
import { type RevokeConnectionDeps, revokeConnection as revoke } from '../core/connections/revoke-connection.ts';
import type { Database } from '../core/db/database.ts';
import { syncIdsOf } from '../core/syncs/find-syncs.ts';
import type { Poke } from '../core/syncs/poke.ts';
import { purgeConnection as purge } from '../core/syncs/teardown.ts';
import type { PlatformActivities } from './contract.ts';
import { toFailure } from './to-failure.ts';

export interface FollowConnectionDeps extends RevokeConnectionDeps {
  database: Database;
  poke: Poke;
}

export function createFollowConnection(
  deps: FollowConnectionDeps,
): Pick<
  PlatformActivities,
  'startSyncs' | 'listOnEvents' | 'settleConnection' | 'revokeConnection' | 'purgeConnection'
> {
  const { database, poke } = deps;
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
    async revokeConnection({ environmentId, connectionId }) {
      try {
        await revoke(await database.forEnvironment(environmentId), deps, connectionId);
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
