// What can happen to a sync's workflow, played with scripted activities on a real server: the histories under this folder
// are recordings of it, and workflows/ must be able to replay them for ever.
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { DesiredState, FunctionActivities, PlatformActivities } from '../../activities/contract.ts';
import { poke } from '../../workflows/names.ts';

export interface Script {
  row: DesiredState;
  /** One entry a slice: an answer, an error, or `until` the run is stopped. */
  slices: ({ done: boolean; sleepMs?: number } | Error | 'until-stopped')[];
  finished: number;
}

export interface Scenario {
  name: string;
  script(): Partial<Omit<Script, 'row'>> & { row?: Partial<DesiredState> };
  /** Runs against the open workflow; ends when the history is worth keeping. */
  play(handle: WorkflowHandle, script: Script, until: (condition: () => boolean) => Promise<void>): Promise<void>;
  runsPerHistory?: number;
}

const wake = (handle: WorkflowHandle, id: string, stopRun = false) => handle.signal(poke, { id, ...(stopRun && { stopRun }) });
const hour = 3_600_000;

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

export function activitiesOf(script: Script, cancelled: () => Promise<never>): PlatformActivities & FunctionActivities {
  return {
    readSync: async () => script.row,
    refreshToken: async () => {},
    teardownSync: async () => {},
    startSyncs: async () => {},
    purgeConnection: async () => {},
    async runSlice() {
      const next = script.slices.shift();
      if (next === 'until-stopped') return cancelled();
      if (next instanceof Error) throw next;
      return next ?? { done: true };
    },
    async finishRun({ outcome }) {
      script.finished++;
      const { ok, stopped } = outcome;
      script.row = { ...script.row, requested: null, nextRunAt: Date.now() + hour, runNo: script.row.runNo + (stopped ? 0 : 1) };
      return { status: ok ? 'succeeded' : stopped ? 'paused' : 'failed', text: '1 pages, 1 records, 0 deleted', next: script.row };
    },
  };
}
