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

export interface ConnectionRef {
  environmentId: string;
  /** Our uuid. */
  connectionId: string;
}

/** `validate-connection` is not here: whoever makes the connection waits for it. */
export type ConnectionEvent = 'post-connection-creation' | 'pre-connection-deletion';

export interface ActionRef {
  environmentId: string;
  actionId: string;
}

export interface PlatformActivities {
  readSync(sync: SyncRef): Promise<DesiredState>;
  refreshToken(connection: ConnectionRef): Promise<void>;
  /** Renews what is due of one shard; what fails is in the rows. */
  sweepCredentials(of: {
    shard: number;
    shards: number;
    budgetMs: number;
  }): Promise<{ tried: number; needsReauth: number; failed: number }>;
  finishRun(run: SyncRef & { runNo: number; outcome: SlicesOutcome }): Promise<RunSummary>;
  teardownSync(sync: SyncRef): Promise<void>;
  /** Without `code`: it was cancelled. */
  abandonAction(action: ActionRef & { code?: string; message: string }): Promise<void>;
  /** Pokes the syncs of a new connection. */
  startSyncs(connection: ConnectionRef): Promise<void>;
  /** Ids of the functions that the event still owes, in order. */
  listOnEvents(connection: ConnectionRef & { event: ConnectionEvent }): Promise<string[]>;
  /** The functions of its creation have all run. */
  settleConnection(connection: ConnectionRef): Promise<void>;
  /** Ends the grant of a deleted connection at its provider. */
  revokeConnection(connection: ConnectionRef): Promise<void>;
  /** Ends the syncs of a deleted connection, then removes what is left of it. */
  purgeConnection(connection: ConnectionRef): Promise<void>;
}

export interface FunctionActivities {
  runSlice(at: SyncRef & { runNo: number; slice: number }): Promise<{ done: boolean; sleepMs?: number }>;
  /** How it fails is for the log: whatever follows goes on. */
  runOnEvent(at: ConnectionRef & { event: ConnectionEvent; functionId: string }): Promise<void>;
  /** `done: false`: to be executed again, after `waitMs`. */
  runAsyncAction(action: ActionRef): Promise<{ done: boolean; waitMs?: number }>;
}
