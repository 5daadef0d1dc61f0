// The proxy: a request of the app, sent on with a connection's credential. Streams both ways; the answer is the upstream's.
import { Readable } from 'node:stream';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { loadConnection } from '../../core/connections/read-connection.ts';
import { decodeStream, encodingsOf } from '../../core/egress/decode.ts';
import type { HeaderValues } from '../../core/egress/egress.ts';
import { discard } from '../../core/egress/limit-body.ts';
import { UpstreamNetworkError } from '../../core/egress/network-error.ts';
import { readBody } from '../../core/egress/read-body.ts';
import { type OverrideMode, readOverrideMode } from '../../core/environments/override-policy.ts';
import { SynclineError } from '../../core/errors.ts';
import { buildRequest } from '../../core/proxy/build-request.ts';
import { toProxyFailure } from '../../core/proxy/outcomes.ts';
import { responseHeaders } from '../../core/proxy/response-headers.ts';
import { type ProxiedAnswer, sendProxied } from '../../core/proxy/send.ts';
import type { ApiEnv } from '../context.ts';
import { assertScope, requireScope } from '../middleware/require-scope.ts';
import { errorResponses } from '../openapi.ts';
import { startProxyLog } from '../proxy-log.ts';
import { endpointOf, proxyHeaders, readProxyBody, readProxyHeaders, upstreamHeaders } from '../proxy-request.ts';
import { openProxyTarget } from '../proxy-target.ts';

export const proxy = new OpenAPIHono<ApiEnv>();

/** Every verb, PROPFIND and REPORT too. */
proxy.all('/proxy/*', requireScope('proxy'), async function handleProxy(c) {
  const headers = readProxyHeaders(c);
  const { environment, services } = c.var;
  const [loaded, mode] = await Promise.all([
    loadConnection(environment, {
      providerConfigKey: headers['provider-config-key'],
      connectionId: headers['connection-id'],
    }).catch((error: unknown) => {
      throw withProxyStatus(error);
    }),
    readOverrideMode(environment),
  ]);
  checkOverrideScope(c, mode, headers['base-url-override']);
  const target = await openProxyTarget(loaded, environment, services);
  const endpoint = endpointOf(c);
  const body = await readProxyBody(c);
  const log = startProxyLog(services.logs, {
    environmentId: environment.environmentId,
    loaded,
    method: c.req.method,
    endpoint,
    actor: c.var.apiKey,
    operationId: headers['nango-activity-log-id'],
  });
  try {
    const answer = await sendProxied({
      egress: services.egress,
      provider: target.provider,
      session: target.connection.id,
      signal: c.req.raw.signal,
      retries: headers.retries,
      ...(headers['retry-on'] && { retryOn: headers['retry-on'] }),
      retryUnsafe: headers['syncline-retry-unsafe'] === true,
      ...(headers['forward-headers-on-redirect'] !== undefined && {
        forwardHeadersOnRedirect: headers['forward-headers-on-redirect'],
      }),
      build: async () =>
        buildRequest({
          provider: target.provider,
          integration: target.integration,
          connection: target.connection,
          credentials: target.credentials,
          policy: { mode },
          request: {
            method: c.req.method,
            endpoint,
            headers: upstreamHeaders(c),
            baseUrlOverride: headers['base-url-override'],
            ...body,
          },
        }),
      onAttempt: log.attempt,
      onUnauthorized: target.renew,
    });
    target.answered(answer.status);
    const response = await respond(c, answer, headers.decompress ?? target.provider.proxy?.decompress ?? false);
    log.answered(answer.status);
    return response;
  } catch (error) {
    log.failed(error);
    if (!(error instanceof UpstreamNetworkError)) throw error;
    const failure = toProxyFailure(error, c.req.method);
    return new Response(JSON.stringify(failure.body), {
      status: failure.status,
      headers: { ...failure.headers, 'content-type': 'application/json' },
    });
  }
});

/** The proxy answers 404 for an integration and 400 for a connection; other routes have it the other way round. */
function withProxyStatus(error: unknown): unknown {
  const statuses: Record<string, number> = { unknown_provider_config: 404, unknown_connection: 400 };
  if (!(error instanceof SynclineError) || statuses[error.code] === undefined) return error;
  return new SynclineError(error.code, error.message, {
    status: statuses[error.code]!,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.payload && { payload: error.payload }),
    cause: error,
  });
}

function checkOverrideScope(c: Context<ApiEnv>, mode: OverrideMode, override: string | undefined): void {
  if (override !== undefined && mode === 'listed') assertScope(c, 'proxy:override');
}

const withoutBody = new Set([204, 205, 304]);
/** A body that fits is read whole: one write instead of a stream, and a cut one is an error instead of half an answer. */
const wholeBytes = 65_536;

async function respond(c: Context<ApiEnv>, answer: ProxiedAnswer, decompress: boolean): Promise<Response> {
  const decoded = decompress && encodingsOf(answer.headers).length > 0;
  const headers = toHeaders(responseHeaders(answer.headers, { decoded }));
  // A dry run resolves links against what was asked, as a function's host does.
  if (c.req.header('nango-is-dry-run') === 'true') headers.set('x-syncline-upstream-url', answer.url);
  const init = { status: answer.status, headers };
  if (withoutBody.has(answer.status) || c.req.method === 'HEAD') {
    discard(answer.body);
    return new Response(null, init);
  }
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  if (length <= wholeBytes) {
    const bytes = await readBody(answer, { decompress: decoded });
    return new Response(new Uint8Array(bytes), init);
  }
  const body = decoded ? decodeStream(answer.body, answer.headers) : answer.body;
  return new Response(Readable.toWeb(body) as ReadableStream, init);
}

function toHeaders(values: HeaderValues): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  return headers;
}

for (const method of ['get', 'post', 'put', 'patch', 'delete', 'head'] as const) {
  proxy.openAPIRegistry.registerPath({
    method,
    path: '/proxy/{path}',
    summary: `Sends a ${method.toUpperCase()} to the provider with the connection's credential`,
    request: { headers: proxyHeaders },
    responses: {
      200: { description: 'The answer of the provider, whatever it is' },
      ...errorResponses(400, 404, 424, 500, 502, 504),
    },
  });
}
