// Every activity with its dependencies: what this process offers to workflows.

import type { FunctionActivities, PlatformActivities } from '../activities/contract.ts';
import { createFinishRun } from '../activities/finish-run.ts';
import { createFollowConnection } from '../activities/follow-connection.ts';
import { createReadSync } from '../activities/read-sync.ts';
import { createRefreshToken } from '../activities/refresh-token.ts';
import { createRunSlice } from '../activities/run-slice.ts';
import { createTeardownSync } from '../activities/teardown-sync.ts';
import type { RuntimeParts } from '../core/runtime/run-sync-slice.ts';
import type { Poke } from '../core/syncs/poke.ts';

export interface Activities {
  platform: PlatformActivities;
  functions: FunctionActivities;
}

export function createActivities({ poke, ...parts }: RuntimeParts & { poke: Poke }): Activities {
  const { database, logs, credentials } = parts;
  return {
    platform: {
      readSync: createReadSync(database),
      refreshToken: createRefreshToken(credentials),
      finishRun: createFinishRun({ database, logs }),
      teardownSync: createTeardownSync(database),
      ...createFollowConnection({ database, poke }),
    },
    functions: { runSlice: createRunSlice(parts) },
  };
}
