// The wire's CORS rules: any origin, because what a browser may do is decided by the token it carries, never by a cookie.
import { cors as honoCors } from 'hono/cors';

export const exposedHeaders = [
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

export const cors = honoCors({
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

/** Temporal's UI asks the codec endpoint from its own origin, with its namespace in a header. */
export const codecCors = honoCors({
  origin: '*',
  allowHeaders: ['Content-Type', 'X-Namespace', 'Authorization'],
  maxAge: 600,
});
