// Requests of a script through an instance's proxy: it holds the credential, repeats by the rules and guards the egress.
import { callerHeaders } from '../../core/proxy/headers.ts';
import { joinUrl } from '../../core/proxy/join-url.ts';
import { addParams, type Params } from '../../core/proxy/query.ts';
import type { Calls } from './calls.ts';
import { type Instance, parse, toError } from './instance-request.ts';
import type { Platform } from './platform.ts';

interface HttpArgs {
  method: string;
  endpoint: string;
  params?: Params;
  headers?: Record<string, unknown>;
  contentType?: string;
  retries?: unknown;
  retryOn?: unknown;
  retryUnsafe?: unknown;
  baseUrlOverride?: string;
  forwardHeadersOnRedirect?: unknown;
  providerConfigKey?: string;
  connectionId?: string;
}

/** Stands for the base URL, which the instance knows. */
const origin = 'http://base.invalid';
/** The proxy's own maximum. */
const maxRetries = 10;

export function proxyCalls(instance: Instance, place: Platform['place']): Calls {
  /** As learnt from an answer to a relative endpoint: links to next pages begin with it. */
  let base: string | undefined;

  return {
    async http(rawArgs, body) {
      const args = rawArgs as unknown as HttpArgs;
      const url = addParams(
        joinUrl(origin, withoutBase(args, base), () => {}),
        args.params,
      );
      const relative = url.startsWith(`${origin}/`);
      const path = relative ? url.slice(origin.length) : url.replace(/^https?:\/\/[^/?#]*/i, '');
      const override = relative ? args.baseUrlOverride : new URL(url).origin;
      const answer = await instance.send({
        method: args.method,
        path: `/proxy${path.startsWith('/') ? '' : '/'}${path}`,
        headers: proxyHeaders(args, { place, override, hasBody: body.length > 0 }),
        ...(body.length > 0 && { body }),
      });
      if (answer.headers['x-syncline-error'] !== undefined) throw toError(answer, parse(answer.bytes));
      const asked = String(answer.headers['x-syncline-upstream-url'] ?? '');
      const own = args.connectionId === undefined && args.providerConfigKey === undefined;
      if (own && !override) base ??= baseOf(asked, path);
      const { status, statusText } = answer;
      return {
        result: { status, statusText, headers: upstreamHeaders(answer.headers), url: asked },
        body: answer.bytes,
      };
    },
  };
}

/** An absolute URL below the base URL is that connection's own API, whatever the environment says of overrides. */
function withoutBase({ endpoint, baseUrlOverride }: HttpArgs, base: string | undefined): string {
  const below = base !== undefined && !baseUrlOverride && endpoint.startsWith(base);
  return below && /^(?:$|[/?#])/.test(endpoint.slice(base.length)) ? endpoint.slice(base.length) : endpoint;
}

function baseOf(asked: string, path: string): string | undefined {
  const [bare = ''] = asked.split('?');
  const [own = ''] = path.split('?');
  return own !== '/' && bare.endsWith(own) ? bare.slice(0, -own.length) : undefined;
}

function proxyHeaders(
  args: HttpArgs,
  { place, override, hasBody }: { place: Platform['place']; override: string | undefined; hasBody: boolean },
): Record<string, string> {
  const { contentType, forwardHeadersOnRedirect, retryUnsafe } = args;
  const retries = Math.trunc(Number(args.retries ?? 0));
  const statuses = Array.isArray(args.retryOn) ? args.retryOn.map(Number).filter(isStatus) : [];
  const own = Object.entries(callerHeaders(args.headers)).map(([name, value]) => [`nango-proxy-${name}`, value]);
  return {
    ...Object.fromEntries(own),
    'connection-id': args.connectionId ?? place.connectionId,
    'provider-config-key': args.providerConfigKey ?? place.providerConfigKey,
    'nango-is-script': 'true',
    decompress: 'true',
    retries: String(Number.isNaN(retries) ? 0 : Math.min(Math.max(retries, 0), maxRetries)),
    ...(statuses.length > 0 && { 'retry-on': statuses.join(',') }),
    ...(override && { 'base-url-override': override }),
    ...(typeof forwardHeadersOnRedirect === 'boolean' && {
      'forward-headers-on-redirect': String(forwardHeadersOnRedirect),
    }),
    ...(retryUnsafe === true && { 'syncline-retry-unsafe': 'true' }),
    ...(hasBody && contentType !== undefined && { 'content-type': contentType }),
  };
}

const isStatus = (status: number) => Number.isInteger(status) && status >= 100 && status <= 999;

/** Said by the instance, not by the provider: its own limits, its own protection. */
const added =
  /^(?:connection|keep-alive|transfer-encoding|content-security-policy|x-syncline-.*|(?:x-)?ratelimit(?:-.*)?)$/;

const upstreamHeaders = (headers: object): Record<string, string | string[]> =>
  Object.fromEntries(Object.entries(headers).filter(([name, value]) => value !== undefined && !added.test(name)));
