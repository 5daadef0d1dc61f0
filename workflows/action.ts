// An asynchronous action until it has a result. What runs, what is tried again and when is core/actions' business.
import { ApplicationFailure } from '@temporalio/common';
import { CancellationScope, isCancellation, proxyActivities, sleep } from '@temporalio/workflow';
import type { FunctionActivities, PlatformActivities } from '../activities/contract.ts';
import { queues } from './names.ts';

export interface ActionInput {
  environmentId: string;
  actionId: string;
}

const { runAsyncAction } = proxyActivities<FunctionActivities>({
  taskQueue: queues.functions,
  startToCloseTimeout: '2h', // an action has 15 minutes, a setting allows one hour
  heartbeatTimeout: '6s', // how long a killed worker goes unnoticed
  cancellationType: 'WAIT_CANCELLATION_COMPLETED', // left out, 1.24 behaves as TRY_CANCEL
  retry: { initialInterval: '100ms', maximumInterval: '5s' }, // for crashes; a failed try comes back as a result
});
const { abandonAction } = proxyActivities<PlatformActivities>({
  taskQueue: queues.platform,
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

export async function action({ environmentId, actionId }: ActionInput): Promise<void> {
  const ref = { environmentId, actionId };
  const priority = { priorityKey: 1, fairnessKey: environmentId };
  try {
    for (let execution = 1; ; execution++) {
      const options = { summary: `execution ${execution}`, priority };
      const { done, waitMs } = await runAsyncAction.executeWithOptions(options, [ref]);
      if (done) return;
      if (waitMs) await sleep(waitMs, { summary: 'next try' });
    }
  } catch (error) {
    await CancellationScope.nonCancellable(() => abandonAction({ ...ref, ...reasonOf(error) }));
    throw error;
  }
}

function reasonOf(error: unknown): { code?: string; message: string } {
  if (isCancellation(error) || CancellationScope.current().consideredCancelled)
    return { message: 'The action was cancelled.' };
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error; // ActivityFailure wraps the reason
  const code = cause instanceof ApplicationFailure ? cause.type : undefined;
  return { code: code ?? 'server_error', message: cause instanceof Error ? cause.message : String(cause) };
}
