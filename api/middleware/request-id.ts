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
    c.res.headers.set('X-Request-Id', id);
  });
