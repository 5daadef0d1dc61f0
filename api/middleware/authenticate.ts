// Who asks: `Authorization: Bearer <key>` becomes the key's identity and its environment, and nothing else does.
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import { isApiKey } from '../../core/environments/api-key-format.ts';
import { createKeyFinder } from '../../core/environments/find-api-key.ts';
import { SynclineError } from '../../core/errors.ts';
import type { ApiEnv, Services } from '../context.ts';
import { respondNotFound } from '../respond-error.ts';
import { createTokenBuckets } from '../token-bucket.ts';

const refused = (code: string, message: string, hint?: string) =>
  new SynclineError(code, message, { status: 401, payload: {}, ...(hint && { hint }) });

/** Tokens of the connect page, which some routes take instead of a key. */
const sessionToken = /^nango_connect_session_[0-9a-f]{64}$/;
const takesSessions = /^\/(integrations|providers(\/[^/]+)?)$/;

/** Well-formed keys that nobody has: this many a minute from one address, then it waits. */
const failuresPerMinute = 600;

export function authenticate({ database }: Services) {
  const finder = createKeyFinder(database);
  const failures = createTokenBuckets({ perMinute: failuresPerMinute });

  return createMiddleware<ApiEnv>(async (c, next) => {
    if (!matchedRoutes(c).some(({ path }) => path !== '/*')) return respondNotFound(c);
    const key = readKey(c);
    const address = addressOf(c);
    if (!failures.has(address) && !finder.isFamiliar(key)) {
      throw new SynclineError('too_many_request', 'Too many requests with an unknown key from this address.', {
        status: 429,
        retryable: true,
        retryAfterMs: 1000,
      });
    }
    const found = await finder.find(key);
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
    return next();
  });
}

/** @throws SynclineError for what is no key, before any lookup */
function readKey(c: Context): string {
  const header = c.req.header('authorization');
  if (header === undefined) {
    throw refused(
      'missing_auth_header',
      'Authentication failed. The Authorization header is missing.',
      'Send "Authorization: Bearer <key>".',
    );
  }
  if (header.trim() === '')
    throw refused('malformed_auth_header', 'Authentication failed. The Authorization header is empty.');
  const key = /^Bearer\s+(\S+)$/i.exec(header.trim())?.[1] ?? '';
  if (isApiKey(key)) return key;
  if (sessionToken.test(key) && c.req.method === 'GET' && takesSessions.test(c.req.path)) {
    throw refused('unknown_connect_session_token', 'Authentication failed. This connect session is unknown or over.');
  }
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
