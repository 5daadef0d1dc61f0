// What people see of an execution: one operation, from its start to how it ended.
import type { OperationState } from '../db/schema/logs.ts';
import type { SynclineError } from '../errors.ts';
import type { OperationStart } from '../logs/log-writer.ts';
import type { RunContext } from './host/run-context.ts';
import { scriptError } from './script-errors.ts';

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
export function endOperation({ logs, environment, operationId }: RunContext, error?: SynclineError): void {
  const end = error
    ? { state: endStates[error.code] ?? 'failed', error: toLogged(error) }
    : { state: 'success' as const };
  logs.end(environment.environmentId, operationId, end);
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
