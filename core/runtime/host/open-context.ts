// What every kind of execution has: its environment, the connection it acts for, and a log that holds no secret.
import type { Catalogue } from '../../../providers/load.ts';
import { type ConnectionKey, loadConnection, loadConnectionById } from '../../connections/read-connection.ts';
import type { Credentials } from '../../credentials/credentials.ts';
import type { EnvironmentDb } from '../../db/database.ts';
import type { Egress } from '../../egress/egress.ts';
import type { LogWriter } from '../../logs/log-writer.ts';
import { scrub } from '../../logs/scrub.ts';
import type { Poke } from '../../syncs/poke.ts';
import type { FunctionKind } from '../protocol.ts';
import type { RunAction } from '../run-action.ts';
import { type EnvironmentFacts, readEnvironmentFacts } from './environment-facts.ts';
import { StopRun } from './guest-end.ts';
import { createTargets, type ReadTarget } from './load-target.ts';
import type { RunContext } from './run-context.ts';
import { createSecrets } from './secrets.ts';

/** Of a process that runs functions. */
export interface ContextParts {
  catalogue: Catalogue;
  egress: Egress;
  credentials: Credentials;
  logs: LogWriter;
  publicUrl: string;
  poke: Poke;
}

export interface Execution {
  environment: EnvironmentDb;
  kind: FunctionKind;
  /** Of the function. */
  name: string;
  connection: ConnectionKey;
  /** Our uuid: this very connection, also while it is being removed. Default: whichever has these names. */
  connectionUuid?: string;
  /** What the caller has read in this moment is not read again. */
  read?: ReadTarget & { facts: EnvironmentFacts };
  operationId: string;
  signal: AbortSignal;
  runAction: RunAction;
  depth?: number;
}

/** @throws SynclineError as `LoadTarget` */
export async function openContext(
  { catalogue, egress, credentials, logs, publicUrl, poke }: ContextParts,
  { environment, kind, name, connection, connectionUuid, read, operationId, signal, runAction, depth = 0 }: Execution,
): Promise<RunContext> {
  const secrets = createSecrets();
  const isOwn = (key: ConnectionKey) =>
    key.providerConfigKey === connection.providerConfigKey && key.connectionId === connection.connectionId;
  const readConnection = (key: ConnectionKey) =>
    connectionUuid !== undefined && isOwn(key)
      ? loadConnectionById(environment, connectionUuid)
      : loadConnection(environment, key);
  const { loadTarget, openTarget } = createTargets(environment, { catalogue, credentials, secrets, readConnection });
  const [target, facts] = read
    ? [await openTarget(read), read.facts]
    : await Promise.all([loadTarget(connection), readEnvironmentFacts(environment)]);
  secrets.addVariables(facts.variables);
  return {
    kind,
    name,
    environment,
    facts,
    catalogue,
    egress,
    credentials,
    logs: scrub(logs, () => secrets),
    secrets,
    publicUrl,
    operationId,
    target,
    loadTarget,
    readConnection,
    signal,
    runAction,
    poke,
    depth,
    counters: { requests: 0, saved: 0, quarantined: 0 },
    park: () => {
      throw new StopRun();
    },
  };
}
