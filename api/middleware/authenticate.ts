// Who asks: an API key, or on the few routes that take them the token of a connect session or a public key, becomes an identity and
// its environment.
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import { findSession } from '../../core/connections/sessions/find-session.ts';
import { openSignedSession } from '../../core/connections/sessions/signed-session.ts';
import { namedUuid } from '../../core/crypto/named-uuid.ts';
import { isApiKey } from '../../core/environments/api-key-format.ts';
import type { KeyFinder } from '../../core/environments/find-api-key.ts';
import { findPublicKey } from '../../core/environments/public-key.ts';
import { SynclineError } from '../../core/errors.ts';
import { chosenId, readConnectionId } from '../chosen-id.ts';
import type { ApiEnv, Services } from '../context.ts';
import { respondNotFound } from '../respond-error.ts';
import type { TokenBuckets } from '../token-bucket.ts';
import { addressOf } from './address-of.ts';
import { tooManyFailures } from './authenticate-flood.ts';
import { assertSessionOrigin } from './session-origin.ts';
import { readPresented, refused, unknownPublicKey, unknownSession } from './session-routes.ts';

/** On the routes that take sessions. */
const sessionScopes = ['environment:integrations:list'];

/**
 * `failures`: of an address; well-formed keys that nobody has. Malformed ones are not counted: no guess can be one of them, they are
 * refused without a look-up, for as much as an unknown route costs, and one client with a broken setting would take the others
 * behind its address along.
 */
export function authenticate(
  { database, config }: Services,
  { present, failures }: { present: KeyFinder; failures: TokenBuckets },
) {
  function tooMany(): SynclineError {
    const { code, message, retryAfterMs } = tooManyFailures;
    return new SynclineError(code, message, { status: 429, retryable: true, retryAfterMs });
  }

  async function enterByKey(c: Context<ApiEnv>, key: string, address: string): Promise<void> {
    const presented = present(key);
    // Before the lookup: of a thousand at once none has an answer yet.
    if (!presented.isFamiliar && !failures.take(address).allowed) throw tooMany();
    const found = await presented.find();
    if (!found) {
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
    if (!failures.has(address)) throw tooMany();
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
    c.set('openSession', async () => {
      if (c.req.query('connection_id') !== undefined) throw chosenId();
      return session;
    });
  }

  async function enterByPublicKey(c: Context<ApiEnv>, publicKey: string, address: string): Promise<void> {
    if (!failures.has(address)) throw tooMany();
    const found = await findPublicKey(database, publicKey);
    if (found === 'off' || found === 'unknown') {
      failures.take(address);
      throw unknownPublicKey(found);
    }
    const { environment, environmentName, settings } = found;
    const { publicUrl } = config;
    assertSessionOrigin(c.req.header('origin'), { publicUrl, origins: settings.connect?.origins });
    c.set('environment', environment);
    c.set('environmentName', environmentName);
    // Everybody has it: each address has a rate of its own.
    const id = namedUuid('public-key', environment.environmentId, address);
    c.set('apiKey', { id, displayName: 'public key', scopes: [] });
    c.set('openSession', async (providerConfigKey) => {
      const connectionId = readConnectionId(c.req.query('connection_id'));
      const request = { providerConfigKey, connectionId, hmac: c.req.query('hmac') };
      return openSignedSession(database, found, request).catch((error: unknown) => {
        if (error instanceof SynclineError && error.code === 'invalid_hmac') failures.take(address);
        throw error;
      });
    });
  }

  return createMiddleware<ApiEnv>(async (c, next) => {
    if (!matchedRoutes(c).some(({ path }) => path !== '/*')) return respondNotFound(c);
    const presented = readPresented(c, checkKey);
    const address = addressOf(c.env);
    if ('key' in presented) await enterByKey(c, presented.key, address);
    else if ('publicKey' in presented) await enterByPublicKey(c, presented.publicKey, address);
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
