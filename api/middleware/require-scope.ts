// Lets a request pass when its key holds one of the scopes that the route names.
import { createMiddleware } from 'hono/factory';
import { fullScope, grants } from '../../core/environments/scopes.ts';
import { SynclineError } from '../../core/errors.ts';
import type { ApiEnv } from '../context.ts';

/** Names without `environment:`, as in the reference. @example middleware: [requireScope('syncs:execute')] as const */
export const requireScope = (...anyOf: string[]) => {
  const wanted = anyOf.map(fullScope);
  const list = wanted.length === 1 ? `Required: ${wanted[0]}` : `Required one of: ${wanted.join(' or ')}`;
  return createMiddleware<ApiEnv>(async (c, next) => {
    if (!wanted.some((scope) => grants(c.var.apiKey.scopes, scope))) {
      throw new SynclineError('forbidden', `Insufficient scope. ${list}`, { status: 403 });
    }
    await next();
  });
};
