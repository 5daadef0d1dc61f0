// The `nango` object: a thin client over the pipe. What is not listed here reads `undefined`, because scripts probe for it.
import { ActionError } from '@syncline/functions';
import { type PageResponse, paginate } from '@syncline/functions/paginate';
import type { Start } from '../protocol.ts';
import { beginAbortable } from './abort.ts';
import { createCheckpointCalls } from './checkpoints.ts';
import { createDriftWatch } from './drift-watch.ts';
import { forgetWrites, noteFailedWrite, throwDroppedWrite, waitForDroppedWrites } from './dropped-writes.ts';
import type { Bundle } from './failure.ts';
import { installGlobals } from './globals.ts';
import { type HostCall, type HttpConfig, request } from './http.ts';
import { createLog } from './log.ts';
import { ourError } from './our-error.ts';
import { createPlatformCalls } from './platform-calls.ts';
import { createRecordCalls } from './records.ts';
import { ownPlace } from './source-positions.ts';
import { createUncontrolledFetch } from './uncontrolled-fetch.ts';
import { validateInput } from './validate-input.ts';

export interface Guest {
  nango: Record<string, unknown>;
  /** Waits for calls that the script issued and did not await: they belong to the run. @throws a write's failure that nobody saw */
  settle(): Promise<void>;
}

/** What changes something that outlives the run. */
const writes = new Set([
  'batchSave',
  'batchUpdate',
  'batchDelete',
  'trackDeletesStart',
  'trackDeletesEnd',
  'deleteRecordsFromPreviousExecutions',
  'setMergingStrategy',
  'setMetadata',
  'updateMetadata',
  'saveCheckpoint',
  'clearCheckpoint',
]); // prettier-ignore

export function createNango(start: Start, rawCall: HostCall, bundle?: Bundle): Guest {
  forgetWrites();
  const open = new Set<Promise<unknown>>();
  const call: HostCall = async (method, args, body) => {
    // Nothing is committed on top of a write whose failure the script did not look at.
    if (method === 'saveCheckpoint') throwDroppedWrite();
    const asked = bundle && writes.has(method) ? stackHere() : undefined;
    const answer = rawCall(method, args, body);
    open.add(answer);
    try {
      return await answer;
    } catch (error) {
      if (writes.has(method)) noteFailedWrite(error);
      const { code } = error as { code?: unknown };
      if (asked) showWhere(error as Error, asked);
      throw typeof code === 'string' ? ourError(error as Error) : error;
    } finally {
      open.delete(answer);
    }
  };
  const ask = async <T>(method: string, args: Record<string, unknown> = {}) => (await call(method, args)).result as T;
  const { log, logger, setLogger } = createLog(call, start.logLevel);
  const drift = createDriftWatch(start.schemas, { log, enforce: start.enforceSchemas });
  const place = () => bundle && ownPlace(stackHere().stack, bundle);
  const { connectionId, providerConfigKey } = start.properties;
  const { uncontrolledFetch, fetch } = createUncontrolledFetch(call);
  installGlobals({ log, fetch });

  const nango: Record<string, unknown> = {
    ...base(start),
    abortSignal: beginAbortable(),
    logger,
    ...requestCalls(start, { call, log }),
    uncontrolledFetch,
    ...createPlatformCalls(call, { connectionId, providerConfigKey }, start.attributes),
    log,
    setLogger,
    tryAcquireLock: ({ key, ttlMs }: { key: string; ttlMs: number }) => ask<boolean>('tryAcquireLock', { key, ttlMs }),
    releaseLock: ({ key }: { key: string }) => ask<boolean>('releaseLock', { key }),
    releaseAllLocks: async (): Promise<void> => void (await ask('releaseAllLocks')),
    zodValidateInput: validateInput(log),
    ...createCheckpointCalls(start, ask),
    ...(hasRecords(start) ? { ...ofSync(start), ...createRecordCalls(start, call, { drift, place }) } : {}),
  };
  return {
    nango,
    async settle() {
      while (open.size > 0) await Promise.allSettled(open);
      await waitForDroppedWrites();
      throwDroppedWrite();
      await drift.summarise();
    },
  };
}

/** Of this realm before the script could replace it. */
const { captureStackTrace } = Error;

/** V8 makes text of it only when somebody reads it; until then it takes memory of the script's: not for calls that come in floods. */
function stackHere(): { stack?: unknown } {
  const here = {};
  captureStackTrace(here);
  return here;
}

/** A refusal arrives from the pipe, with nothing of the script in its stack: it shows the one of the call. */
function showWhere(error: Error, { stack }: { stack?: unknown }): void {
  if (typeof stack !== 'string') return;
  const frames = stack.slice(stack.indexOf('\n    at '));
  error.stack = `${error.name}: ${error.message}${frames}`;
}

/** Webhook functions are handlers of syncs. */
const hasRecords = ({ kind }: Start) => kind === 'sync' || kind === 'webhook';

function base({ kind, properties }: Start) {
  const { connectionId, providerConfigKey, provider, environmentId, environmentName, activityLogId } = properties;
  return {
    connectionId,
    providerConfigKey,
    provider,
    environmentId,
    environmentName,
    scriptType: kind,
    isCLI: properties.isCLI ?? false,
    activityLogId,
    ActionError,
  };
}

function ofSync({ properties }: Start) {
  const { variant, lastSyncDate, syncId, syncJobId, trackDeletes = false, emptyCache = false } = properties;
  return {
    variant,
    lastSyncDate: lastSyncDate === undefined ? undefined : new Date(lastSyncDate),
    syncId,
    syncJobId,
    track_deletes: trackDeletes,
    emptyCache,
  };
}

function requestCalls(
  { pagination, linkOrigins, siblingHosts, entryContentType, properties }: Start,
  { call, log }: { call: HostCall; log: (...parts: unknown[]) => Promise<void> },
) {
  const send = (config: HttpConfig) =>
    request(properties.isCLI ? telling(call, config) : call, config, entryContentType);
  const http = (method: string) => (config: HttpConfig) => send({ ...config, method });
  return {
    proxy: send,
    get: http('GET'),
    post: http('POST'),
    put: http('PUT'),
    patch: http('PATCH'),
    delete: http('DELETE'),
    paginate: (config: HttpConfig) =>
      paginate(
        config as HttpConfig & { paginate?: unknown },
        pagination as never,
        async (page) => send(page as HttpConfig),
        {
          urlOf: (response: PageResponse) => (response as unknown as { request: { url?: string } }).request.url,
          linkOrigins,
          siblingHosts,
          warn: (message) => void log(message, { level: 'warn' }),
        },
      ),
  };
}

/** Recordings keep what the script passed, and not the bytes that it became. */
function telling(call: HostCall, { data, responseType }: HttpConfig): HostCall {
  const shown = data instanceof URLSearchParams ? data.toString() : ArrayBuffer.isView(data) ? undefined : data;
  return (method, args, body) => call(method, { ...args, given: { data: shown, responseType } }, body);
}
