// What can happen to a sync's workflow, played with scripted activities on a real server: the histories under this folder
// are recordings of it, and workflows/ must be able to replay them for ever.
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { DesiredState, FunctionActivities, PlatformActivities } from '../../activities/contract.ts';
import { poke } from '../../workflows/names.ts';

export interface Script {
  row: DesiredState;
  /** One entry a slice, or an execution of an action: an answer, an error, or `until` it is stopped. */
  slices: ({ done: boolean; sleepMs?: number; waitMs?: number } | Error | 'until-stopped')[];
  finished: number;
  /** Ids of on-event functions. */
  functions?: string[];
}

export interface Scenario {
  name: string;
  script(): Partial<Omit<Script, 'row'>> & { row?: Partial<DesiredState> };
  /** Runs against the open workflow; ends when the history is worth keeping. */
  play(handle: WorkflowHandle, script: Script, until: (condition: () => boolean) => Promise<void>): Promise<void>;
  runsPerHistory?: number;
  /** Default: the loop of a sync. */
  workflow?: { type: 'action' } | { type: 'connection'; change: 'created' | 'deleted' };
}

const wake = (handle: WorkflowHandle, id: string, stopRun = false) => handle.signal(poke, { id, ...(stopRun && { stopRun }) });
const hour = 3_600_000;
/** Its failure is a history worth keeping too. */
const end = async (handle: WorkflowHandle) => void (await handle.result().catch(() => {}));

export const scenarios: Scenario[] = [
  { name: 'idle', script: () => ({ row: { nextRunAt: Date.now() + hour } }), play: async () => {} },
  { name: 'run', script: () => ({ slices: [{ done: true }] }), play: (_, script, until) => until(() => script.finished === 1) },
  {
    name: 'two-slices',
    script: () => ({ slices: [{ done: false }, { done: true }] }),
    play: (_, script, until) => until(() => script.finished === 1),
  },
  {
    name: 'rate-limited',
    script: () => ({ slices: [{ done: false, sleepMs: 300 }, { done: true }] }),
    play: (_, script, until) => until(() => script.finished === 1),
  },
  {
    name: 'failure',
    script: () => ({ slices: [ApplicationFailure.nonRetryable('the script threw', 'script_internal_error')] }),
    play: (_, script, until) => until(() => script.finished === 1),
  },
  {
    name: 'pause-and-resume',
    script: () => ({ slices: ['until-stopped', { done: true }] }),
    async play(handle, script, until) {
      await until(() => script.slices.length === 1);
      script.row = { ...script.row, desired: 'paused' };
      await wake(handle, 'pause', true);
      await until(() => script.finished === 1);
      script.row = { ...script.row, desired: 'active', nextRunAt: 0 };
      await wake(handle, 'start');
      await until(() => script.finished === 2);
    },
  },
  {
    name: 'trigger-twice',
    script: () => ({ slices: [{ done: true }, { done: true }], row: { nextRunAt: Date.now() + hour } }),
    async play(handle, script, until) {
      script.row = { ...script.row, requested: 'user' };
      await wake(handle, 'one');
      await wake(handle, 'one');
      await until(() => script.finished === 1);
      script.row = { ...script.row, requested: 'backfill' };
      await wake(handle, 'two');
      await until(() => script.finished === 2);
    },
  },
  {
    name: 'continue-as-new',
    runsPerHistory: 1,
    script: () => ({ slices: [{ done: true }] }),
    play: (_, script, until) => until(() => script.finished === 1),
  },
  {
    name: 'deleted',
    script: () => ({ row: { nextRunAt: Date.now() + hour } }),
    async play(handle, script) {
      script.row = { ...script.row, desired: 'deleted' };
      await wake(handle, 'delete', true);
      await handle.result();
    },
  },
];

scenarios.push(
  { name: 'action', workflow: { type: 'action' }, script: () => ({ slices: [{ done: true }] }), play: end },
  {
    name: 'action-tried-again',
    workflow: { type: 'action' },
    script: () => ({ slices: [{ done: false, waitMs: 300 }, { done: false }, { done: true }] }),
    play: end,
  },
  {
    name: 'action-failed',
    workflow: { type: 'action' },
    script: () => ({ slices: [ApplicationFailure.nonRetryable('its version is gone', 'not_found')] }),
    play: end,
  },
  {
    name: 'action-cancelled',
    workflow: { type: 'action' },
    script: () => ({ slices: ['until-stopped'] }),
    async play(handle, script, until) {
      await until(() => script.slices.length === 0);
      await handle.cancel();
      await end(handle);
    },
  },
  { name: 'connection-created', workflow: { type: 'connection', change: 'created' }, script: () => ({}), play: end },
  { name: 'connection-deleted-revoked', workflow: { type: 'connection', change: 'deleted' }, script: () => ({}), play: end },
  { name: 'connection-deleted', workflow: { type: 'connection', change: 'deleted' }, script: () => ({}), play: end },
  {
    name: 'connection-created-on-event',
    workflow: { type: 'connection', change: 'created' },
    script: () => ({ functions: ['first', 'second'] }),
    play: end,
  },
  {
    name: 'connection-deleted-on-event',
    workflow: { type: 'connection', change: 'deleted' },
    script: () => ({ functions: ['only'] }),
    play: end,
  },
  {
    name: 'connection-created-no-event',
    workflow: { type: 'connection', change: 'created' },
    script: () => ({}),
    play: end,
  },
);

export function activitiesOf(script: Script, cancelled: () => Promise<never>): PlatformActivities & FunctionActivities {
  async function next(): Promise<{ done: boolean; sleepMs?: number; waitMs?: number }> {
    const result = script.slices.shift();
    if (result === 'until-stopped') return cancelled();
    if (result instanceof Error) throw result;
    return result ?? { done: true };
  }
  return {
    readSync: async () => script.row,
    refreshToken: async () => {},
    teardownSync: async () => {},
    sweepCredentials: async () => ({ tried: 0, needsReauth: 0, failed: 0 }),
    startSyncs: async () => {},
    revokeConnection: async () => {},
    purgeConnection: async () => {},
    abandonAction: async () => {},
    listOnEvents: async () => script.functions ?? [],
    settleConnection: async () => {},
    runOnEvent: async () => {},
    runSlice: () => next(),
    runAsyncAction: () => next(),
    async finishRun({ outcome }) {
      script.finished++;
      const { ok, stopped } = outcome;
      script.row = { ...script.row, requested: null, nextRunAt: Date.now() + hour, runNo: script.row.runNo + (stopped ? 0 : 1) };
      return { status: ok ? 'succeeded' : stopped ? 'paused' : 'failed', text: '1 pages, 1 records, 0 deleted', next: script.row };
    },
  };
}
