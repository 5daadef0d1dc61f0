// Logs: operations, and the messages of one.

export type OperationState = 'waiting' | 'running' | 'success' | 'failed' | 'timeout' | 'cancelled';
export type MessageLevel = 'debug' | 'info' | 'warn' | 'error';

type Fields = Record<string, unknown>;

export interface Operation {
  id: string;
  /** `sync`, `action`, `proxy`, `auth`, `events`, `webhook`, `deploy`, … */
  type: string;
  action: string;
  state: OperationState;
  title: string;
  integration: { id: string | null; unique_key: string; provider: string | null } | null;
  connection: { id: string | null; connection_id: string } | null;
  sync: { id: string | null; name: string; variant: string } | null;
  actor: { type: string; id: string; name: string } | null;
  run_id: string | null;
  request?: Fields | undefined;
  response?: Fields | undefined;
  error: { type: string; message: string; payload?: unknown } | null;
  started_at: string | null;
  ended_at: string | null;
  duration_ms: number | null;
  created_at: string;
}

export interface OperationFilter {
  /** Words of messages, errors and names. */
  search?: string | undefined;
  /** `type` or `type:action`. */
  types?: readonly string[] | undefined;
  states?: readonly OperationState[] | undefined;
  integrations?: readonly string[] | undefined;
  connections?: readonly string[] | undefined;
  syncs?: readonly string[] | undefined;
  /** ISO times. */
  from?: string | undefined;
  to?: string | undefined;
}

export interface LogMessage {
  id: string;
  at: string;
  type: string;
  source: string;
  level: MessageLevel;
  context: string;
  message: string;
  request?: unknown;
  response?: unknown;
  retry?: unknown;
  persist?: unknown;
  error?: unknown;
  meta?: Fields | undefined;
}

export interface MessageFilter {
  search?: string | undefined;
  levels?: readonly MessageLevel[] | undefined;
  sources?: readonly ('internal' | 'user')[] | undefined;
}
