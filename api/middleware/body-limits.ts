// How large a body may be, by route family. A proxied body is streamed: its stream is cut where it is read.
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { SynclineError } from '../../core/errors.ts';
import type { ApiEnv } from '../context.ts';

const mib = 1024 * 1024;

const families: [prefix: RegExp, maxBytes: number][] = [
  [/^\/(sync\/deploy|functions|temporal\/codec)(\/|$)/, 75 * mib],
  [/^\/(action\/trigger|v1|connections?)(\/|$)/, 10 * mib],
];
const defaultBytes = mib;
export const maxProxyBytes = 75 * mib;

const tooLarge = (maxBytes: number) =>
  new SynclineError('request_too_large', `The body is larger than ${maxBytes / mib} MiB.`, { status: 413 });

const limitTo = (maxBytes: number) =>
  bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw tooLarge(maxBytes);
    },
  });

const limits = new Map([defaultBytes, ...families.map(([, bytes]) => bytes)].map((bytes) => [bytes, limitTo(bytes)]));

export const bodyLimits = createMiddleware<ApiEnv>(async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return next(); // to ask for a body would build the whole Request
  if (c.req.path.startsWith('/proxy/')) {
    if (Number(c.req.header('content-length') ?? 0) > maxProxyBytes) throw tooLarge(maxProxyBytes);
    return next();
  }
  const bytes = families.find(([prefix]) => prefix.test(c.req.path))?.[1] ?? defaultBytes;
  await limits.get(bytes)!(c, next);
});
