// What follows when a connection appears or goes: durable steps, so that a crash leaves no connection without its syncs, no
// function of its events unrun, and no record behind a deleted one.
import { patched, proxyActivities } from '@temporalio/workflow';
import type { ConnectionEvent, ConnectionRef, FunctionActivities, PlatformActivities } from '../activities/contract.ts';
import { queues } from './names.ts';

const { startSyncs, listOnEvents, settleConnection, purgeConnection } = proxyActivities<PlatformActivities>({
  taskQueue: queues.platform,
  startToCloseTimeout: '30m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
});
/** Best effort: a provider that is down for long keeps no secret of ours from being deleted. */
const { revokeConnection } = proxyActivities<PlatformActivities>({
  taskQueue: queues.platform,
  startToCloseTimeout: '1m',
  retry: { initialInterval: '2s', maximumInterval: '30s', maximumAttempts: 5 },
});
const { runOnEvent } = proxyActivities<FunctionActivities>({
  taskQueue: queues.functions,
  startToCloseTimeout: '30m', // a function has 5 minutes; the rest is for us
  heartbeatTimeout: '8s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '200ms', maximumInterval: '10s' }, // for crashes; how the function fails is for the log
});

export interface ConnectionInput extends ConnectionRef {
  change: 'created' | 'deleted';
}

export async function connection({ environmentId, connectionId, change }: ConnectionInput): Promise<void> {
  const ref = { environmentId, connectionId };
  if (change === 'created') {
    await startSyncs(ref);
    if (patched('on-event') && (await runAll(ref, 'post-connection-creation'))) await settleConnection(ref);
  } else {
    if (patched('on-event')) await runAll(ref, 'pre-connection-deletion');
    if (patched('revoke')) await revokeConnection(ref).catch(() => {}); // it has told the log
    await purgeConnection(ref);
  }
}

/** One after another, each at least once. @returns whether there were any */
async function runAll(ref: ConnectionRef, event: ConnectionEvent): Promise<boolean> {
  const functionIds = await listOnEvents({ ...ref, event });
  const options = { summary: event, priority: { priorityKey: 1, fairnessKey: ref.environmentId } };
  for (const functionId of functionIds) await runOnEvent.executeWithOptions(options, [{ ...ref, event, functionId }]);
  return functionIds.length > 0;
}
