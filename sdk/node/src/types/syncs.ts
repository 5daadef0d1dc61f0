// Syncs and their runs.

export type SyncRef = string | { name: string; variant: string };

export type SyncState = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'SUCCESS' | 'ERROR';

export type Checkpoint = Record<string, string | number | boolean>;

export interface SyncStatus {
  id: string;
  connection_id: string;
  name: string;
  variant: string;
  type: 'INITIAL' | 'INCREMENTAL';
  status: SyncState;
  frequency: string;
  /** Null while paused. */
  nextScheduledSyncAt: string | null;
  /** By model. */
  recordCount: Record<string, number>;
  checkpoint: Checkpoint | null;
  /** By model: deletes that wait for `confirmDeletes`. */
  pendingDeletes?: Record<string, number> | undefined;
  /** From the first run on, like the next two. */
  finishedAt?: string | undefined;
  latestResult?: Record<string, { added: number; updated: number; deleted: number }> | undefined;
  latestExecutionStatus?: 'RUNNING' | 'SUCCESS' | 'STOPPED' | undefined;
}

export interface TriggerOptions {
  /** Starts from nothing: checkpoint and delete windows go. */
  reset?: boolean | undefined;
  /** With `reset`: records go too, and every one comes back as added. */
  emptyCache?: boolean | undefined;
}

export type SyncMode = 'incremental' | 'full_refresh' | 'full_refresh_and_clear_cache';

export interface Done {
  success: true;
}

export interface Triggered extends Done {
  /** The sync was running: one more run follows it. */
  status?: 'queued' | undefined;
  queued?: { connection_id: string; name: string; variant: string }[] | undefined;
  warnings?: string[] | undefined;
}

export interface VariantRef {
  provider_config_key: string;
  connection_id: string;
  name: string;
  variant: string;
}

export interface ListedSync extends SyncStatus {
  provider_config_key: string;
  auto_start: boolean;
  active_run_id: string | null;
  last_run_id: string | null;
}

export interface SyncFilter {
  providerConfigKey?: string | undefined;
  connectionId?: string | undefined;
  name?: string | undefined;
  variant?: string | undefined;
  status?: SyncState | undefined;
}

export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'needs_confirmation';

export interface RunCounts {
  added: number;
  updated: number;
  deleted: number;
  unchanged: number;
  quarantined: number;
}

export interface Run {
  id: string;
  sync_id: string;
  connection_id: string;
  provider_config_key: string;
  name: string;
  variant: string;
  number: number;
  state: RunState;
  trigger: 'schedule' | 'api' | 'connection' | 'deploy' | 'webhook';
  mode: 'incremental' | 'reset' | 'reset_and_clear';
  attempts: number;
  started_at: string;
  finished_at: string | null;
  requests: number;
  pages: number;
  /** By model. */
  results: Record<string, RunCounts>;
  checkpoint: { from: Checkpoint | null; to: Checkpoint | null } | null;
  pending_deletes: Record<string, number> | null;
  /** `place`: the line of the function that it came from, like `crm/syncs/contacts.ts:12:7`. */
  error: { type: string; message: string; payload?: unknown; place?: string | undefined } | null;
  log_id: string;
}

export interface RunFilter {
  states?: readonly RunState[] | undefined;
  /** ISO times. */
  from?: string | undefined;
  to?: string | undefined;
}
