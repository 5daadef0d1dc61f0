// The platform's schedules, made where they are not there: at the first start, and after Temporal was wiped.
import { type Client, ScheduleAlreadyRunning } from '@temporalio/client';

/** Frozen names of `workflows/names.ts`, handed in because the domain does not look up. */
export interface ScheduleNames {
  queues: { sync: string };
  workflowTypes: { refreshSweep: string };
  scheduleIds: { refreshSweep: string };
}

const everyMs = 60_000;

export async function ensureSchedules(client: Client, names: ScheduleNames): Promise<void> {
  const scheduleId = names.scheduleIds.refreshSweep;
  try {
    await client.schedule.create({
      scheduleId,
      spec: { intervals: [{ every: everyMs }] },
      policies: { overlap: 'SKIP', catchupWindow: everyMs }, // missed turns become one
      action: {
        type: 'startWorkflow',
        workflowType: names.workflowTypes.refreshSweep,
        workflowId: scheduleId,
        taskQueue: names.queues.sync,
        args: [{ shards: 2, budgetMs: 45_000 }],
        staticSummary: 'renew credentials that are due',
      },
    });
  } catch (cause) {
    if (!(cause instanceof ScheduleAlreadyRunning)) throw cause;
  }
}
