// The first start: environments `dev` and `prod`, and a key for each that somebody can begin with.
import { eq } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { Database } from '../db/database.ts';
import { apiKeys } from '../db/schema/environments.ts';
import { SynclineError } from '../errors.ts';
import { hashApiKey, isApiKey, keyPrefix } from './api-key-format.ts';
import { createApiKey, listApiKeys } from './api-keys.ts';
import { type Environment, ensureEnvironment, readSigningKey } from './environments.ts';
import { defaultScopes } from './scopes.ts';

export interface StartOptions {
  /** SYNCLINE_SECRET_KEY_DEV and _PROD. */
  seedKeys: { dev?: string | undefined; prod?: string | undefined };
  /** Make a key where there is none, and hand it to whoever started us. */
  embedded: boolean;
}

export interface StartedEnvironment {
  name: string;
  id: string;
  /** null: it exists and cannot be shown again. */
  secretKey: string | null;
  webhookSigningKey: string;
}

/**
 * Repeatable: every start of every process runs it.
 * @throws SynclineError `invalid_config` for a seed that is no key or belongs to another environment
 */
export async function ensureEnvironments(
  database: Database,
  { seedKeys, embedded }: StartOptions,
): Promise<StartedEnvironment[]> {
  const started: StartedEnvironment[] = [];
  for (const [name, isProduction] of [
    ['dev', false],
    ['prod', true],
  ] as const) {
    const environment = await ensureEnvironment(database, name, isProduction);
    const seed = seedKeys[name];
    let secretKey: string | null = null;
    if (seed !== undefined) {
      await ensureSeedKey(database, environment, seed);
      secretKey = seed;
    } else if (embedded) {
      secretKey = await makeFirstKey(database, environment);
    }
    started.push({
      name,
      id: environment.id,
      secretKey,
      webhookSigningKey: await readSigningKey(database, environment.id),
    });
  }
  return started;
}

async function ensureSeedKey(
  database: Database,
  { id: environmentId, name }: Environment,
  seed: string,
): Promise<void> {
  const variable = `SYNCLINE_SECRET_KEY_${name.toUpperCase()}`;
  const invalid = (wrong: string) => new SynclineError('invalid_config', `${variable} ${wrong}`, { status: 500 });
  if (!isApiKey(seed)) throw invalid('is neither a UUID v4 nor a key that Syncline made (sl_…, with its checksum).');
  const hmac = hashApiKey(database.keys.purpose('api-key'), seed);
  const [owner] = await database.platform<
    { environment_id: string }[]
  >`SELECT environment_id FROM api_keys WHERE hmac = ${hmac}`;
  if (owner) {
    if (owner.environment_id !== environmentId) throw invalid('is already a key of another environment.');
    return;
  }
  const environment = await database.forEnvironment(environmentId);
  const values = { prefix: keyPrefix(seed), hmac, scopes: [...defaultScopes], expiresAt: null };
  // A changed seed replaces the one before: whoever rotates it in the deployment expects that.
  await environment.transaction((tx) =>
    tx
      .insert(apiKeys)
      .values({ id: uuidv7(), environmentId, displayName: variable, ...values })
      .onConflictDoUpdate({
        target: [apiKeys.environmentId, apiKeys.displayName],
        set: values,
        setWhere: eq(apiKeys.environmentId, environmentId),
      }),
  );
}

async function makeFirstKey(database: Database, { id, name }: Environment): Promise<string | null> {
  const environment = await database.forEnvironment(id);
  if ((await listApiKeys(environment, { limit: 1 })).length > 0) return null;
  const { secret } = await createApiKey(environment, database.keys.purpose('api-key'), {
    environmentName: name,
    displayName: 'first key',
  });
  return secret;
}
