// Hands the cache of connections to the routes, and lets it forget what a request of ours may have changed.
import { createMiddleware } from 'hono/factory';
import { createConnectionCache } from '../../core/connections/connection-cache.ts';
import { isSafe } from '../../core/proxy/repeatable.ts';
import type { ApiEnv, Services } from '../context.ts';

export function connectionCache({ database }: Services) {
  const cache = createConnectionCache(database);
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.set('connectionCache', cache);
    // A proxied request changes nothing of ours; a token that it renews is told of by the database.
    if (isSafe(c.req.method) || c.req.path.startsWith('/proxy/')) return next();
    try {
      await next();
    } finally {
      cache.forget(c.var.environment.environmentId);
    }
  });
}
