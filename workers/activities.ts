// Every activity with its dependencies: what this process offers to workflows.

import { createAbandonAction } from '../activities/abandon-action.ts';
import type { FunctionActivities, PlatformActivities } from '../activities/contract.ts';
import { createFinishRun } from '../activities/finish-run.ts';
import { createFollowConnection } from '../activities/follow-connection.ts';
import { createReadSync } from '../activities/read-sync.ts';
import { createRefreshToken } from '../activities/refresh-token.ts';
import { createRunAsyncAction } from '../activities/run-async-action.ts';
import { createRunOnEvent } from '../activities/run-on-event.ts';
import { createRunSlice } from '../activities/run-slice.ts';
import { createSweepCredentials } from '../activities/sweep-credentials.ts';
import { createTeardownSync } from '../activities/teardown-sync.ts';
import { createSendTokenRequest } from '../core/credentials/send-token-request.ts';
import { createRunAction } from '../core/runtime/create-run-action.ts';
import type { RuntimeParts } from '../core/runtime/run-sync-slice.ts';

export interface Activities {
  platform: PlatformActivities;
  functions: FunctionActivities;
}

export function createActivities(parts: RuntimeParts): Activities {
  const { database, logs, credentials } = parts;
  const calling = { ...parts, runAction: createRunAction(parts) };
  return {
    platform: {
      readSync: createReadSync(database),
      refreshToken: createRefreshToken(credentials),
      sweepCredentials: createSweepCredentials({ database, credentials }),
      finishRun: createFinishRun({ database, logs }),
      teardownSync: createTeardownSync(database),
      abandonAction: createAbandonAction(database),
      ...createFollowConnection({ ...parts, send: createSendTokenRequest(parts.egress) }),
    },
    functions: {
      runSlice: createRunSlice(calling),
      runAsyncAction: createRunAsyncAction(calling),
      runOnEvent: createRunOnEvent(calling),
    },
  };
}
