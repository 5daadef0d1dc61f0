// Where work writes what it did. Writers buffer and never make the work wait; what the bound drops is counted and said.
import type { LogLevel, OperationState } from '../db/schema/logs.ts';

export interface OperationStart {
  id: string;
  environmentId: string;
  type: 'sync' | 'action' | 'proxy' | 'auth' | 'events' | 'webhook' | 'deploy' | 'function' | 'admin';
  action: string;
  title: string;
  state?: OperationState;
  integrationId?: string;
  connectionId?: string;
  syncId?: string;
  runId?: string;
  /** Names as they are now: `{integration, provider, connection, sync, variant}`. */
  context?: Record<string, string>;
  actor?: { type: string; id: string; name: string };
  request?: Record<string, unknown>;
  startedAt?: Date;
}

export interface OperationEnd {
  state: OperationState;
  error?: { type: string; message: string; payload?: unknown };
  response?: Record<string, unknown>;
}

export interface LogMessage {
  environmentId: string;
  operationId: string;
  type?: 'log' | 'http';
  source: 'internal' | 'user';
  level: LogLevel;
  context: 'script' | 'proxy' | 'webhook' | 'auth';
  message: string;
  details?: Record<string, unknown>;
  at?: Date;
}

export interface LogWriter {
  start(operation: OperationStart): void;
  end(environmentId: string, operationId: string, end: OperationEnd): void;
  message(message: LogMessage): void;
  /** Waits until everything handed in so far is stored; for shutdown and tests. */
  flush(): Promise<void>;
  /** How many messages the bound has dropped since the start. */
  readonly dropped: number;
}
