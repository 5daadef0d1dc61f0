// What people see of an execution: one operation, from its start to how it ended.
import type { OperationState } from '../db/schema/logs.ts';
import type { SynclineError } from '../errors.ts';
import type { OperationStart } from '../logs/log-writer.ts';
import { ScriptFailure } from './host/guest-process.ts';
import { note } from './host/log-calls.ts';
import type { RunContext } from './host/run-context.ts';
import { placeOf, scriptError, withPlace } from './script-errors.ts';

type Operation = Pick<OperationStart, 'type' | 'action' | 'title' | 'syncId' | 'runId' | 'context'>;

export function startOperation(
  { logs, environment, operationId, target }: RunContext,
  { context, ...operation }: Operation,
): void {
  const { integration, connection, provider } = target;
  logs.start({
    id: operationId,
    environmentId: environment.environmentId,
    state: 'running',
    integrationId: integration.id,
    connectionId: connection.id,
    context: {
      integration: integration.uniqueKey,
      provider: provider.name,
      connection: connection.connectionId,
      ...context,
    },
    startedAt: new Date(),
    ...operation,
  });
}

const endStates: Record<string, OperationState> = { execution_timeout: 'timeout', script_aborted: 'cancelled' };

/** @param error absent: it succeeded */
export function endOperation(context: RunContext, error?: SynclineError): void {
  const { logs, environment, operationId } = context;
  if (error) noteFailure(context, error);
  const end = error
    ? { state: endStates[error.code] ?? 'failed', error: toLogged(error) }
    : { state: 'success' as const };
  logs.end(environment.environmentId, operationId, end);
}

/** Its line says where in the author's source it came from. */
function noteFailure(context: RunContext, error: SynclineError): void {
  const place = error.cause instanceof ScriptFailure ? placeOf(error.cause.failure) : undefined;
  const level = endStates[error.code] === 'cancelled' ? 'warn' : 'error';
  note(context, level, withPlace(error.message, place), { error: toLogged(error) });
}

const toLogged = ({ code, message, payload }: SynclineError) => ({ type: code, message, ...(payload && { payload }) });

/** @throws SynclineError what `work` throws, as the API tells it */
export async function logged<T>(context: RunContext, operation: Operation, work: () => Promise<T>): Promise<T> {
  startOperation(context, operation);
  try {
    const result = await work();
    endOperation(context);
    return result;
  } catch (cause) {
    const error = scriptError(cause);
    endOperation(context, error);
    throw error;
  }
}
