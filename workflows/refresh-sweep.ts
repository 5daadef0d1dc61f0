// Started by a schedule, once at a time: renews the credentials that are due, a few shards side by side on whatever workers there are.
import { proxyActivities } from '@temporalio/workflow';
import type { PlatformActivities } from '../activities/contract.ts';
import { queues } from './names.ts';

export interface RefreshSweepInput {
  shards: number;
  /** No renewal begins after it; the next turn goes on. */
  budgetMs: number;
}

const { sweepCredentials } = proxyActivities<PlatformActivities>({
  taskQueue: queues.platform,
  startToCloseTimeout: '5m',
  heartbeatTimeout: '1m', // a token call may take 20 s, twice
  retry: { maximumAttempts: 2 }, // the next turn finds what is left
});

export async function refreshSweep({ shards, budgetMs }: RefreshSweepInput): Promise<void> {
  const turns = Array.from({ length: shards }, (_, shard) => {
    const options = { summary: `shard ${shard + 1} of ${shards}`, priority: { priorityKey: 3 } };
    return sweepCredentials.executeWithOptions(options, [{ shard, shards, budgetMs }]);
  });
  await Promise.allSettled(turns);
}
