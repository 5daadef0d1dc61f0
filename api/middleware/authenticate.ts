// Who asks: an API key, or on the few routes that take one the token of a connect session, becomes an identity and its environment.
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import { findSession } from '../../core/connections/sessions/find-session.ts';
import { isApiKey } from '../../core/environments/api-key-format.ts';
import { createKeyFinder } from '../../core/environments/find-api-key.ts';
import { SynclineError } from '../../core/errors.ts';
import type { ApiEnv, Services } from '../context.ts';
import { respondNotFound } from '../respond-error.ts';
import { createTokenBuckets } from '../token-bucket.ts';
import { assertSessionOrigin } from './session-origin.ts';
import { readPresented, refused, unknownSession } from './session-routes.ts';

/** On the routes that take sessions. */
const sessionScopes = ['environment:integrations:list'];

/** Well-formed keys that nobody has: this many a minute from one address, then it waits. */
const failuresPerMinute = 600;

export function authenticate({ database, config }: Services) {
  const present = createKeyFinder(database);
  const failures = createTokenBuckets({ perMinute: failuresPerMinute });

  function refuseFlood(address: string): void {
    if (failures.has(address)) return;
    throw new SynclineError('too_many_request', 'Too many requests with an unknown key from this address.', {
      status: 429,
      retryable: true,
      retryAfterMs: 1000,
    });
  }

  async function enterByKey(c: Context<ApiEnv>, key: string, address: string): Promise<void> {
    const presented = present(key);
    if (!presented.isFamiliar) refuseFlood(address);
    const found = await presented.find();
    if (!found) {
      failures.take(address);
      throw refused(
        'unknown_account',
        'Authentication failed. No environment has this key.',
        'It may have been deleted or have expired.',
      );
    }
    c.set('environment', await database.forEnvironment(found.environmentId));
    c.set('environmentName', found.environmentName);
    c.set('apiKey', { id: found.id, displayName: found.displayName, scopes: found.scopes });
  }

  async function enterBySession(c: Context<ApiEnv>, token: string, spent: boolean, address: string): Promise<void> {
    refuseFlood(address);
    const found = await findSession(database, token, { spent });
    if (!found) {
      failures.take(address);
      throw unknownSession();
    }
    const { session, environment, environmentName } = found;
    const { publicUrl } = config;
    assertSessionOrigin(c.req.header('origin'), { publicUrl, origins: session.settings.origins });
    c.set('environment', environment);
    c.set('environmentName', environmentName);
    c.set('apiKey', { id: session.id, displayName: 'connect session', scopes: sessionScopes });
    c.set('connectSession', session);
  }

  return createMiddleware<ApiEnv>(async (c, next) => {
    if (!matchedRoutes(c).some(({ path }) => path !== '/*')) return respondNotFound(c);
    const presented = readPresented(c, checkKey);
    const address = addressOf(c);
    if ('key' in presented) await enterByKey(c, presented.key, address);
    else await enterBySession(c, presented.session, presented.spent, address);
    return next();
  });
}

function checkKey(key: string): string {
  if (isApiKey(key)) return key;
  throw refused(
    'invalid_secret_key_format',
    'Authentication failed. This is not an API key.',
    'Keys look like sl_dev_…; check that it was copied whole.',
  );
}

/** The peer of the socket; a proxy in front of us is one address. */
function addressOf(c: Context): string {
  const incoming = (c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming;
  return incoming?.socket?.remoteAddress ?? 'local';
}
