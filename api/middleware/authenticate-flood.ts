// Refuses unknown keys of an address that floods us before anything else is done for the request: no context, no error object, no
// hash, one ready answer. It tells what `authenticate` would tell; whom it does not refuse goes the usual way.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { uuidv7 } from '../../core/crypto/uuid.ts';
import { isApiKey } from '../../core/environments/api-key-format.ts';
import type { ApiEnv } from '../context.ts';
import type { TokenBuckets } from '../token-bucket.ts';
import { addressOf } from './address-of.ts';
import { corsHeaders } from './cors.ts';
import { takesKeys } from './session-routes.ts';

export const tooManyFailures = {
  code: 'too_many_request',
  message: 'Too many requests with an unknown key from this address.',
  retryAfterMs: 1000,
};

export interface FloodOptions {
  failures: TokenBuckets;
  isFamiliar(key: string): boolean;
  /** What comes before it asks for no key. */
  authenticate: MiddlewareHandler;
}

/** Goes in front of `app.fetch`. */
export function refuseFlood(app: OpenAPIHono<ApiEnv>, { failures, isFamiliar, authenticate }: FloodOptions): void {
  const { fetch } = app;
  app.fetch = (request, env, context) => {
    if (!failures.has(addressOf(env))) {
      const [, key] = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
      if (key !== undefined && isApiKey(key) && !isFamiliar(key) && wantsKey(request)) return answer(request);
    }
    return fetch(request, env, context);
  };

  /** A route behind `authenticate`, and none before it. */
  function wantsKey(request: Request): boolean {
    const { method } = request;
    const path = app.getPath(request);
    if (method === 'HEAD' || method === 'OPTIONS' || !takesKeys(path)) return false;
    const matched = app.router.match(method, path)[0].map(([entry]) => entry[1]);
    const at = matched.findIndex(({ handler }) => handler === authenticate);
    return matched.slice(0, at).every(forAll) && !matched.slice(at).every(forAll);
  }

  function answer(request: Request): Response {
    const { method } = request;
    const id = uuidv7();
    const { code, message, retryAfterMs } = tooManyFailures;
    const error = { code, message, method, path: app.getPath(request), request_id: id };
    const headers = {
      'Content-Type': 'application/json',
      ...corsHeaders,
      'Retry-After': String(retryAfterMs / 1000),
      'X-Syncline-Error': '1',
      'X-Request-Id': id,
    };
    return new Response(JSON.stringify({ error }), { status: 429, headers });
  }
}

const forAll = ({ path }: { path: string }) => path === '/*';
