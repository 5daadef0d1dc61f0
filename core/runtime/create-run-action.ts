// Runs an action in a guest of this process, not through Temporal: a caller waits for the answer.
import { and, eq, isNull } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { bundles, functions, functionVersions } from '../db/schema/functions.ts';
import { fromUnknown, SynclineError } from '../errors.ts';
import { ScriptFailure, StopRun } from './host/guest-process.ts';
import { handleCalls } from './host/handle-calls.ts';
import { createTargets } from './host/load-target.ts';
import type { RunContext } from './host/run-context.ts';
import { startOfAction } from './host/start.ts';
import type { ActionCall, RunAction } from './run-action.ts';
import type { RuntimeParts } from './run-sync-slice.ts';

const startTimeoutMs = 30_000;

/** What the wire answers for each type; 500 for the rest. */
const statuses: Record<string, number> = {
  script_http_error: 424,
  script_api_rate_limit_error: 424,
  script_output_too_large: 400,
  script_aborted: 410,
  connection_refresh_exhausted: 424,
  connection_refresh_backoff: 424,
}; // prettier-ignore

export function createRunAction(parts: RuntimeParts): RunAction {
  const { guests, logs, database } = parts;
  const compiled = new Map<string, string>();

  return async function runAction(call) {
    const { environment, providerConfigKey, connectionId, actionName, input } = call;
    const loadTarget = createTargets(environment, parts);
    const target = await loadTarget({ providerConfigKey, connectionId }).catch((error) => {
      throw badRequest(error);
    });
    const action = await findAction(environment, { integrationId: target.integration.id, name: actionName, compiled });
    const operationId = uuidv7();
    const stop = new AbortController();
    const context: RunContext = {
      kind: 'action',
      environment,
      egress: parts.egress,
      credentials: parts.credentials,
      logs,
      operationId,
      target,
      loadTarget,
      signal: stop.signal,
      counters: { requests: 0, saved: 0, quarantined: 0 },
      park: () => {
        throw new StopRun();
      },
    };
    const guest = await guests.acquire(environment.environmentId, startTimeoutMs);
    begin(context, call);
    const { handle, state } = handleCalls(context, database.keys.purpose('cursor'));
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<never>((_, reject) => {
      const ms = parts.limits?.actionMs ?? 15 * 60_000;
      const message = `The action ran longer than ${ms / 1000} seconds.`;
      timer = setTimeout(() => reject(new ScriptFailure({ type: 'execution_timeout', message, payload: {} })), ms);
    });
    let clean = false;
    try {
      const start = await startOfAction(context, {
        name: actionName,
        input,
        hasInput: input !== undefined && input !== null,
      });
      const { output = 'null' } = await Promise.race([guest.run(start, action, handle), timedOut]);
      clean = true;
      logs.end(environment.environmentId, operationId, { state: 'success' });
      return { operationId, output };
    } catch (error) {
      clean = error instanceof ScriptFailure && !guest.dead && error.failure.type !== 'execution_timeout';
      const failed = toError(error);
      logs.end(environment.environmentId, operationId, {
        state: failed.code === 'execution_timeout' ? 'timeout' : 'failed',
        error: { type: failed.code, message: failed.message, ...(failed.payload && { payload: failed.payload }) },
      });
      throw failed;
    } finally {
      clearTimeout(timer);
      state.stopped = true;
      stop.abort();
      guests.release(guest, { reuse: clean });
    }
  };
}

const badRequest = (error: unknown) => {
  const { code, message, hint } = fromUnknown(error);
  if (code === 'unknown_provider_config')
    return new SynclineError('unknown_provider', message, { status: 400, ...(hint && { hint }) });
  if (code === 'unknown_connection')
    return new SynclineError('unknown_connection', message, { status: 400, ...(hint && { hint }) });
  return error;
};

async function findAction(
  environment: EnvironmentDb,
  { integrationId, name, compiled }: { integrationId: string; name: string; compiled: Map<string, string> },
): Promise<string> {
  return environment.transaction(async (tx) => {
    const [found] = await tx
      .select({ enabled: functions.enabled, hash: functionVersions.bundleHash })
      .from(functions)
      .innerJoin(functionVersions, eq(functionVersions.id, functions.currentVersionId))
      .where(
        and(
          eq(functions.integrationId, integrationId),
          eq(functions.type, 'action'),
          eq(functions.name, name),
          isNull(functions.deletedAt),
        ),
      );
    if (!found)
      throw new SynclineError('not_found', `This integration has no action '${name}'.`, {
        status: 404,
        hint: 'List its functions with GET /scripts/config.',
      });
    if (!found.enabled) throw new SynclineError('disabled_resource', `Action '${name}' is disabled.`, { status: 404 });
    // Bundles are content-addressed: what was read once never changes. The key holds the tenant all the same.
    const key = `${environment.environmentId}/${found.hash}`;
    const known = compiled.get(key);
    if (known !== undefined) return known;
    const [bundle] = await tx.select({ js: bundles.js }).from(bundles).where(eq(bundles.hash, found.hash));
    if (compiled.size >= 200) compiled.delete(compiled.keys().next().value!);
    compiled.set(key, bundle!.js);
    return bundle!.js;
  });
}

function begin({ logs, environment, operationId, target }: RunContext, { actionName }: ActionCall): void {
  const { integration, connection, provider } = target;
  logs.start({
    id: operationId,
    environmentId: environment.environmentId,
    type: 'action',
    action: 'run',
    state: 'running',
    title: actionName,
    integrationId: integration.id,
    connectionId: connection.id,
    context: { integration: integration.uniqueKey, provider: provider.name, connection: connection.connectionId },
    startedAt: new Date(),
  });
}

function toError(error: unknown): SynclineError {
  if (!(error instanceof ScriptFailure)) return fromUnknown(error);
  const { type, message, payload, upstream } = error.failure;
  return new SynclineError(type, message, {
    status: statuses[type] ?? 500,
    payload: (payload ?? {}) as Record<string, unknown>,
    ...(upstream && { upstream }),
    cause: error,
  });
}
