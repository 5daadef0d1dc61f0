// What follows when a connection appears or goes: durable steps, so that a crash leaves no connection without its syncs and
// no record behind a deleted one.
import { proxyActivities } from '@temporalio/workflow';
import type { PlatformActivities } from '../activities/contract.ts';
import { queues } from './names.ts';

const { startSyncs, purgeConnection } = proxyActivities<PlatformActivities>({
  taskQueue: queues.platform,
  startToCloseTimeout: '30m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
});

export interface ConnectionInput {
  environmentId: string;
  connectionId: string;
  change: 'created' | 'deleted';
}

export async function connection({ environmentId, connectionId, change }: ConnectionInput): Promise<void> {
  if (change === 'created') await startSyncs({ environmentId, connectionId });
  else await purgeConnection({ environmentId, connectionId });
}
