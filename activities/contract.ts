// What workflows may ask for. Types only: a workflow bundle must never pull in an implementation.
import type { DesiredState, RunSummary } from '../core/syncs/contract.ts';

export type { DesiredState } from '../core/syncs/contract.ts';

/** How the slices of a run ended, as the workflow saw it: codes and short texts, never a body. */
export interface SlicesOutcome {
  ok: boolean;
  stopped?: boolean;
  code?: string;
  message?: string;
}

export interface SyncRef {
  environmentId: string;
  syncId: string;
}

export interface PlatformActivities {
  readSync(sync: SyncRef): Promise<DesiredState>;
  refreshToken(connection: { environmentId: string; connectionId: string }): Promise<void>;
  finishRun(run: SyncRef & { runNo: number; outcome: SlicesOutcome }): Promise<RunSummary>;
  teardownSync(sync: SyncRef): Promise<void>;
  /** Pokes the syncs of a new connection. */
  startSyncs(connection: { environmentId: string; connectionId: string }): Promise<void>;
  /** Ends the syncs of a deleted connection, then removes what is left of it. */
  purgeConnection(connection: { environmentId: string; connectionId: string }): Promise<void>;
}

export interface FunctionActivities {
  runSlice(at: SyncRef & { runNo: number; slice: number }): Promise<{ done: boolean; sleepMs?: number }>;
}
