// Lets a request pass when its key holds one of the scopes that the route names.
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { fullScope, grants } from '../../core/environments/scopes.ts';
import { SynclineError } from '../../core/errors.ts';
import type { ApiEnv } from '../context.ts';

/** Names without `environment:`, as in the reference. @example middleware: [requireScope('syncs:execute')] as const */
export function requireScope(...anyOf: string[]) {
  const wanted = anyOf.map(fullScope);
  return createMiddleware<ApiEnv>((c, next) => {
    assertOneOf(c, wanted);
    return next();
  });
}

/** For routes that learn from the request which scope they need. @throws SynclineError `forbidden` */
export function assertScope(c: Context<ApiEnv>, ...anyOf: string[]): void {
  assertOneOf(c, anyOf.map(fullScope));
}

function assertOneOf(c: Context<ApiEnv>, wanted: string[]): void {
  const { scopes } = c.get('apiKey');
  if (wanted.some((scope) => grants(scopes, scope))) return;
  const list = wanted.length === 1 ? `Required: ${wanted[0]}` : `Required one of: ${wanted.join(' or ')}`;
  throw new SynclineError('forbidden', `Insufficient scope. ${list}`, { status: 403 });
}
