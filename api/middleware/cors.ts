// The wire's CORS rules: any origin, because what a browser may do is decided by the token it carries, never by a cookie.
import { cors as honoCors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from '../context.ts';

const exposedHeaders = [
  'Authorization',
  'Etag',
  'Content-Type',
  'Content-Length',
  'X-Nango-Signature',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-Request-Id',
  'Retry-After',
];

const preflight = honoCors({
  origin: '*',
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: [
    'Authorization',
    'Content-Type',
    'Accept',
    'Origin',
    'X-Requested-With',
    'Nango-Activity-Log-Id',
    'Nango-Is-Dry-Run',
    'Nango-Is-Sync',
    'Provider-Config-Key',
    'Connection-Id',
    'Sentry-Trace',
    'Baggage',
  ],
  exposeHeaders: exposedHeaders,
  maxAge: 600,
});

export const corsHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': exposedHeaders.join(','),
};

/** Hono's own sets its headers before there is an answer, which makes it rebuild the answer as a stream: a third of a token read. */
export const cors = createMiddleware<ApiEnv>(async (c, next) => {
  if (c.req.method === 'OPTIONS') return preflight(c, next);
  await next();
  for (const [name, value] of Object.entries(corsHeaders)) c.res.headers.set(name, value);
});

/** Temporal's UI asks the codec endpoint from its own origin, with its namespace in a header. */
export const codecCors = honoCors({
  origin: '*',
  allowHeaders: ['Content-Type', 'X-Namespace', 'Authorization'],
  maxAge: 600,
});
