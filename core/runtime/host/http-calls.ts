// `nango.get` and its siblings on the host's side: answered from the journal up to the frontier, then by the provider.
import { createHash } from 'node:crypto';
import { SynclineError } from '../../errors.ts';
import { buildRequest } from '../../proxy/build-request.ts';
import type { Params } from '../../proxy/query.ts';
import type { RetryHeader } from '../../proxy/retry-wait.ts';
import { type AttemptLine, sendBuffered } from '../../proxy/send.ts';
import { decodeAnswer, encodeAnswer } from './answer-codec.ts';
import type { Calls, RunContext } from './run-context.ts';
import type { Target } from './target.ts';

interface HttpArgs {
  method: string;
  endpoint: string;
  params?: Params;
  headers?: Record<string, string>;
  contentType?: string;
  retries?: number;
  retryOn?: number[] | null;
  retryHeader?: RetryHeader;
  retryUnsafe?: boolean;
  baseUrlOverride?: string;
  forwardHeadersOnRedirect?: boolean;
  providerConfigKey?: string;
  connectionId?: string;
}

/** A slot is not held longer than this for a provider's rate limit. */
const maxHeldWaitMs = 15_000;

export function httpCalls(context: RunContext): Calls {
  return {
    async http(rawArgs, body) {
      const args = rawArgs as unknown as HttpArgs;
      const journal = context.run?.journal;
      const slot = journal?.slot(identityOf(args, body));
      const recalled = slot && (await journal?.recall(slot));
      if (recalled) {
        const { answer, bytes } = decodeAnswer(recalled);
        return { result: answer, body: bytes };
      }
      const target = await targetOf(context, args);
      context.counters.requests++;
      const { status, statusText, headers, url, bytes } = await send(context, { args, body, target });
      const answer = { status, statusText, headers, url };
      if (slot) journal?.record(slot, encodeAnswer(answer, bytes));
      return { result: answer, body: bytes };
    },
  };
}

/** Method, URL, parameters, the script's own headers, body: what makes two calls the same call. */
function identityOf(args: HttpArgs, body: Buffer): string {
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
  return JSON.stringify([
    'http',
    method,
    baseUrlOverride,
    endpoint,
    query,
    sorted(headers),
    providerConfigKey,
    connectionId,
    hash,
  ]);
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
  try {
    return await sendBuffered({
      egress: context.egress,
      provider,
      session: connection.connectionId,
      signal: context.signal,
      retries: Math.min(args.retries ?? 0, 100),
      ...(args.retryOn && { retryOn: args.retryOn }),
      ...(args.retryHeader && { retryHeader: args.retryHeader }),
      ...(args.retryUnsafe && { retryUnsafe: true }),
      backoffCapMs: isSync ? 600_000 : 60_000,
      longWait: isSync ? { mode: 'throw-wait', maxWaitMs: maxHeldWaitMs } : { mode: 'return', maxWaitMs: 60_000 },
      ...(args.forwardHeadersOnRedirect !== undefined && { forwardHeadersOnRedirect: args.forwardHeadersOnRedirect }),
      onAttempt: (line) => logAttempt(context, line),
      build: async () =>
        buildRequest({
          provider,
          integration,
          connection: {
            id: connection.connectionId,
            connectionConfig: connection.connectionConfig,
            metadata: connection.metadata,
          },
          credentials: target.credentials,
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
  } catch (error) {
    if (isSync && error instanceof SynclineError && error.code === 'retry_later')
      context.park(error.retryAfterMs ?? 60_000);
    throw error;
  }
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
