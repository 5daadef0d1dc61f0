// Names each request, in the answer's header and in every error, so that an answer can be found in the log.
import { createMiddleware } from 'hono/factory';
import { uuidv7 } from '../../core/crypto/uuid.ts';
import type { ApiEnv, Services } from '../context.ts';

export const requestId = (services: Services) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const id = uuidv7();
    c.set('requestId', id);
    c.set('services', services);
    await next();
    // An upstream's own id stays on a proxied answer; ours then has another name.
    c.res.headers.set(c.res.headers.has('X-Request-Id') ? 'X-Syncline-Request-Id' : 'X-Request-Id', id);
  });
