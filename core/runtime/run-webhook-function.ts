// Runs one webhook function for a connection: the surface of its sync, batch calls included, beside whatever run is going on.
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb } from '../db/database.ts';
import type { SynclineError } from '../errors.ts';
import { createPageWriter, type UnfencedWriter } from '../records/commit-page.ts';
import { finishWebhook } from '../syncs/finish-webhook.ts';
import { readOwner } from './host/load-target.ts';
import { openContext } from './host/open-context.ts';
import type { RunContext } from './host/run-context.ts';
import { startOfWebhook } from './host/start.ts';
import { limitsOf } from './limits.ts';
import { logged } from './log-operation.ts';
import { isOurFault } from './our-faults.ts';
import type { WebhookRequest } from './protocol.ts';
import type { Version } from './read-version.ts';
import type { RunAction } from './run-action.ts';
import { runOnce } from './run-once.ts';
import type { RuntimeParts } from './run-sync-slice.ts';
import { scriptError } from './script-errors.ts';
import type { WebhookFunction } from './webhook-functions.ts';

export interface WebhookPayload extends Omit<WebhookRequest, 'subscriptions'> {
  /** Parsed. */
  body: unknown;
}

export interface WebhookExecution {
  environment: EnvironmentDb;
  /** Our uuid. */
  connectionId: string;
  function: WebhookFunction;
  payload: WebhookPayload;
  /** The same for every try of one function for one event, so that what it did is counted once and whole. */
  runId?: string;
  /** Ends it early: this process is told to end. */
  signal?: AbortSignal | undefined;
}

export interface WebhookOutcome {
  syncId: string;
  name: string;
  operationId: string;
  /** `retryable`: the same event may do later. Absent: it succeeded, and its events are written. */
  error?: SynclineError;
}

/** @throws SynclineError for faults of ours: run it again */
export async function runWebhookFunction(
  parts: RuntimeParts & { runAction: RunAction },
  { environment, connectionId, function: fn, payload, runId = uuidv7(), signal }: WebhookExecution,
): Promise<WebhookOutcome> {
  const operationId = uuidv7();
  const outcome = { syncId: fn.syncId, name: fn.name, operationId };
  const startedAt = new Date();
  try {
    const version = await parts.readVersion(environment, fn.versionId);
    const stop = new AbortController();
    const context = await contextOf(parts, { environment, connectionId, fn, version, operationId, runId, stop });
    const operation = { type: 'webhook', action: 'sync', title: fn.name, syncId: fn.syncId } as const;
    await logged(context, operation, () => execute(parts, { context, fn, version, payload, stop, signal }));
    await finishWebhook(environment, { syncId: fn.syncId, versionId: fn.versionId, runId, startedAt });
    return outcome;
  } catch (cause) {
    const error = scriptError(cause);
    if (signal?.aborted || isOurFault(error)) throw error;
    return { ...outcome, error };
  }
}

interface Opening {
  environment: EnvironmentDb;
  connectionId: string;
  fn: WebhookFunction;
  version: Version;
  operationId: string;
  runId: string;
  stop: AbortController;
}

async function contextOf(
  parts: RuntimeParts & { runAction: RunAction },
  { environment, connectionId, fn, version, operationId, runId, stop }: Opening,
): Promise<RunContext> {
  const writer: UnfencedWriter = { runId };
  const context = await openContext(parts, {
    environment,
    kind: 'webhook',
    name: fn.name,
    connection: await readOwner(environment, connectionId),
    connectionUuid: connectionId,
    operationId,
    signal: stop.signal,
    runAction: parts.runAction,
  });
  return {
    ...context,
    definition: version.definition,
    records: { variant: 'base', pages: createPageWriter(environment, writer), writer },
  };
}

interface Running {
  context: RunContext;
  fn: WebhookFunction;
  version: Version;
  payload: WebhookPayload;
  stop: AbortController;
  signal: AbortSignal | undefined;
}

async function execute(parts: RuntimeParts, { context, fn, version, payload, stop, signal }: Running): Promise<void> {
  const { definition, js } = version;
  const { body, ...request } = payload;
  const { syncId, lastSuccessAt } = fn;
  const { startMs, webhookMs } = limitsOf(parts);
  const subscriptions = definition.webhookSubscriptions ?? [];
  await runOnce(parts, {
    context,
    stop,
    guest: await parts.guests.acquire(context.environment.environmentId, startMs),
    js,
    start: startOfWebhook(context, {
      syncId,
      lastSuccessAt,
      definition,
      body,
      request: { ...request, subscriptions },
    }),
    limitMs: webhookMs,
    outer: signal,
  });
}
