// What the host holds for one execution: tenant, target, log, and for a run its journal and fenced writer.
import type { Catalogue } from '../../../providers/load.ts';
import type { ConnectionKey, LoadedConnection } from '../../connections/read-connection.ts';
import type { Credentials } from '../../credentials/credentials.ts';
import type { EnvironmentDb } from '../../db/database.ts';
import type { FunctionDefinition } from '../../db/schema/functions.ts';
import type { Checkpoint } from '../../db/schema/syncs.ts';
import type { Egress } from '../../egress/egress.ts';
import type { LogWriter } from '../../logs/log-writer.ts';
import type { PageOwner, PageWriter, RunWriter } from '../../records/commit-page.ts';
import type { Poke } from '../../syncs/poke.ts';
import type { FunctionKind } from '../protocol.ts';
import type { RunAction } from '../run-action.ts';
import type { EnvironmentFacts } from './environment-facts.ts';
import type { Journal } from './journal.ts';
import type { Secrets } from './secrets.ts';
import type { LoadTarget, Target } from './target.ts';

export interface RunContext {
  kind: FunctionKind;
  /** Of the function. */
  name: string;
  environment: EnvironmentDb;
  facts: EnvironmentFacts;
  catalogue: Catalogue;
  egress: Egress;
  credentials: Credentials;
  /** Cleaned of every secret that the execution has come across. */
  logs: LogWriter;
  secrets: Secrets;
  /** Without a slash at the end. */
  publicUrl: string;
  operationId: string;
  target: Target;
  loadTarget: LoadTarget;
  /** Rows of a connection, of the own one also while it is being removed. */
  readConnection(key: ConnectionKey): Promise<LoadedConnection>;
  /** Aborts what is in flight when the run is stopped. */
  signal: AbortSignal;
  /** For `triggerAction`, `triggerSync` and `startSync`. */
  runAction: RunAction;
  poke: Poke;
  /** How many functions wait for this one; 0 when nobody of ours does. */
  depth: number;
  /** Of the version that runs. */
  definition?: Pick<FunctionDefinition, 'attributes' | 'jsonSchema' | 'input' | 'output'> | undefined;
  /** Of what is begun again from the top when its process dies: syncs and asynchronous actions. */
  journal?: Journal;
  /** Of asynchronous actions: their caller allowed retries, so a request may be made again whose outcome is unknown. */
  mayRepeatUnsafe?: boolean;
  /** Of syncs and their webhook handlers: where records go, and who writes them. */
  records?: { variant: string; pages: PageWriter; writer?: PageOwner };
  /** Of syncs: what a later attempt needs, and what its writes are fenced with. */
  run?: {
    writer: RunWriter;
    bundleHash: string;
    startedAt: Date;
    /** The checkpoint that the run, not this attempt of it, began with. */
    beganFrom: Checkpoint | null;
    /** The script calls `deleteRecordsFromPreviousExecutions`: what it is served counts from its first save. */
    deletesUnseen: boolean;
    /** Models whose delete tracking the script does itself. */
    trackedModels: Set<string>;
  };
  counters: { requests: number; saved: number; quarantined: number };
  /** Of syncs: ends the attempt, whose next one begins without the journal. Returns when the run has done so before. */
  startAfresh?(): Promise<void>;
  /** A provider asked to wait longer than a slot should be held: of syncs, the slice ends and a durable timer waits. */
  park(waitMs: number): never;
}

export interface CallResult {
  result?: unknown;
  body?: Buffer;
  /** The answer is given while this write goes on; it fails the attempt, not the call. */
  committed?: Promise<unknown>;
}
export type Calls = Record<string, (args: Record<string, unknown>, body: Buffer) => Promise<CallResult>>;
