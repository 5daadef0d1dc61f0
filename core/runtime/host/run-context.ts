// What the host holds for one execution: tenant, target, log, and for a run its journal and fenced writer.
import type { Credentials } from '../../credentials/credentials.ts';
import type { EnvironmentDb } from '../../db/database.ts';
import type { Egress } from '../../egress/egress.ts';
import type { LogWriter } from '../../logs/log-writer.ts';
import type { PageWriter, RunWriter } from '../../records/commit-page.ts';
import type { FunctionKind } from '../protocol.ts';
import type { Journal } from './journal.ts';
import type { LoadTarget, Target } from './target.ts';

export interface RunContext {
  kind: FunctionKind;
  environment: EnvironmentDb;
  egress: Egress;
  credentials: Credentials;
  logs: LogWriter;
  operationId: string;
  target: Target;
  loadTarget: LoadTarget;
  /** Aborts what is in flight when the run is stopped. */
  signal: AbortSignal;
  /** Of syncs: what a later attempt needs, and where records go. */
  run?: {
    journal: Journal;
    writer: RunWriter;
    pages: PageWriter;
    variant: string;
    bundleHash: string;
  };
  counters: { requests: number; saved: number; quarantined: number };
  /** A provider asked to wait longer than a slot should be held: the slice ends and a durable timer waits. */
  park(waitMs: number): never;
}

export type CallResult = { result?: unknown; body?: Buffer };
export type Calls = Record<string, (args: Record<string, unknown>, body: Buffer) => Promise<CallResult>>;
