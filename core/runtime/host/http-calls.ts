// `nango.get` and its siblings on the host's side: answered from the journal up to the frontier, then by the provider.
import { createHash } from 'node:crypto';
import { SynclineError } from '../../errors.ts';
import { buildRequest } from '../../proxy/build-request.ts';
import type { Params } from '../../proxy/query.ts';
import type { RetryHeader } from '../../proxy/retry-wait.ts';
import { type AttemptLine, sendBuffered } from '../../proxy/send.ts';
import { decodeAnswer, encodeAnswer } from './answer-codec.ts';
import { guardUnsafe } from './guard-unsafe.ts';
import { journalled } from './journalled.ts';
import type { Calls, RunContext } from './run-context.ts';
import type { Target } from './target.ts';

interface HttpArgs {
  method: string;
  endpoint: string;
  params?: Params;
  headers?: Record<string, string>;
  contentType?: string;
  retries?: unknown;
  retryOn?: unknown;
  retryHeader?: unknown;
  retryUnsafe?: boolean;
  baseUrlOverride?: string;
  forwardHeadersOnRedirect?: boolean;
  providerConfigKey?: string;
  connectionId?: string;
}

/** A slot is not held longer than this for a provider's rate limit. */
const maxHeldWaitMs = 15_000;
const maxRetries = 100;

/** These say "not now" or "not you", nothing of what was asked. */
const refusesNothing = new Set([401, 408, 425, 429]);

export function httpCalls(context: RunContext): Calls {
  let isFirstLive = true;

  /** Behind the frontier the script goes by what it was told before: a token in it may have expired meanwhile. */
  async function startAfreshIfRefused(status: number): Promise<void> {
    const leftReplay = isFirstLive && (context.journal?.replayed ?? 0) > 0;
    isFirstLive = false;
    if (leftReplay && status >= 400 && status < 500 && !refusesNothing.has(status)) await context.startAfresh?.();
  }

  return {
    async http(rawArgs, body) {
      const args = rawArgs as unknown as HttpArgs;
      const known = await journalled(context.journal, identityOf(args, body), async (slot) => {
        const target = await targetOf(context, args);
        if (slot) await guardUnsafe(context, args, { target, slot });
        context.counters.requests++;
        const { status, statusText, headers, url, bytes } = await send(context, { args, body, target });
        await startAfreshIfRefused(status);
        return encodeAnswer({ status, statusText, headers, url }, bytes);
      });
      const { answer, bytes } = decodeAnswer(known);
      return { result: answer, body: bytes };
    },
  };
}

/** Method, URL, parameters, the script's own headers, body: what makes two calls the same call. */
function identityOf(args: HttpArgs, body: Buffer): unknown[] {
  const {
    method,
    endpoint,
    params,
    headers = {},
    baseUrlOverride = '',
    providerConfigKey = '',
    connectionId = '',
  } = args;
  const sorted = (of: object) => Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1));
  const query = typeof params === 'object' && params !== null ? sorted(params) : (params ?? '');
  const hash = body.length > 0 ? createHash('sha256').update(body).digest('base64') : '';
  return ['http', method, baseUrlOverride, endpoint, query, sorted(headers), providerConfigKey, connectionId, hash];
}

async function targetOf(context: RunContext, { providerConfigKey, connectionId }: HttpArgs): Promise<Target> {
  if (providerConfigKey === undefined && connectionId === undefined) return context.target;
  const { integration, connection } = context.target;
  return context.loadTarget({
    providerConfigKey: providerConfigKey ?? integration.uniqueKey,
    connectionId: connectionId ?? connection.connectionId,
  });
}

async function send(context: RunContext, { args, body, target }: { args: HttpArgs; body: Buffer; target: Target }) {
  const { provider, integration, connection } = target;
  const isSync = context.kind === 'sync';
  let renewed = false;
  try {
    const answer = await sendBuffered({
      egress: context.egress,
      provider,
      session: connection.connectionId,
      signal: context.signal,
      ...retryOptions(args),
      backoffCapMs: isSync ? 600_000 : 60_000,
      longWait: isSync ? { mode: 'throw-wait', maxWaitMs: maxHeldWaitMs } : { mode: 'return', maxWaitMs: 60_000 },
      ...(args.forwardHeadersOnRedirect !== undefined && { forwardHeadersOnRedirect: args.forwardHeadersOnRedirect }),
      onAttempt: (line) => logAttempt(context, line),
      async onUnauthorized() {
        renewed = await target.renew();
        return renewed;
      },
      build: async () =>
        buildRequest({
          provider,
          integration,
          connection: {
            id: connection.connectionId,
            connectionConfig: connection.connectionConfig,
            metadata: connection.metadata,
          },
          credentials: await target.credentials(),
          policy: { mode: context.facts.overrideMode },
          request: {
            method: args.method,
            endpoint: args.endpoint,
            params: args.params,
            rawBody: body.length > 0 ? body : null,
            ...(args.contentType !== undefined && { rawBodyType: args.contentType }),
            headers: args.headers,
            ...(args.baseUrlOverride && { baseUrlOverride: args.baseUrlOverride }),
          },
        }),
    });
    if (renewed && answer.status === 401) target.renewalDidNotHelp();
    return answer;
  } catch (error) {
    if (isSync && error instanceof SynclineError && error.code === 'retry_later')
      context.park(error.retryAfterMs ?? 60_000);
    throw error;
  }
}

/** A script's own wishes: a part that is no wish is left out, never an error of ours. */
function retryOptions({ retries, retryOn, retryHeader, retryUnsafe }: HttpArgs) {
  const count = Math.trunc(Number(retries ?? 0));
  const statuses = Array.isArray(retryOn) ? retryOn.map(Number).filter(Number.isInteger) : [];
  const { at, after } = (typeof retryHeader === 'object' && retryHeader !== null ? retryHeader : {}) as RetryHeader;
  const names = (given: RetryHeader['at']) => [given ?? []].flat().filter((name) => typeof name === 'string');
  return {
    retries: Number.isNaN(count) ? 0 : Math.min(Math.max(count, 0), maxRetries),
    ...(statuses.length > 0 && { retryOn: statuses }),
    ...((at !== undefined || after !== undefined) && { retryHeader: { at: names(at), after: names(after) } }),
    ...(retryUnsafe === true && { retryUnsafe: true }),
  };
}

function logAttempt(
  { logs, environment, operationId }: RunContext,
  { method, url, status, code, durationMs, retry }: AttemptLine,
): void {
  const failed = code !== undefined || (status ?? 0) >= 400;
  logs.message({
    environmentId: environment.environmentId,
    operationId,
    type: 'http',
    source: 'internal',
    level: failed ? (retry.waitMs === undefined ? 'error' : 'warn') : 'info',
    context: 'proxy',
    message: `${method} ${url} ${status ?? code}`,
    details: {
      request: { method, url },
      ...(status !== undefined && { response: { code: status } }),
      retry,
      duration_ms: durationMs,
    },
  });
}
