// An asynchronous action whose workflow ends without a result: its row says so, and nobody waits for ever.
import { abandonAction as abandon } from '../core/actions/abandon-action.ts';
import type { Database } from '../core/db/database.ts';
import type { PlatformActivities } from './contract.ts';
import { toFailure } from './to-failure.ts';

export const createAbandonAction = (database: Database): PlatformActivities['abandonAction'] =>
  async function abandonAction({ environmentId, actionId, code, message }) {
    try {
      await abandon(await database.forEnvironment(environmentId), { id: actionId, code, message });
    } catch (cause) {
      throw toFailure(cause);
    }
  };
