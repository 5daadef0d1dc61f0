// The public key of an environment: with it pages of older clients connect accounts without a session, where their server has signed for
// it. Off until the environment wants it.
import { randomBytes, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { Secret } from '../crypto/secret.ts';
import type { Database, EnvironmentDb } from '../db/database.ts';
import { type EnvironmentSettings, environments } from '../db/schema/environments.ts';
import { SynclineError } from '../errors.ts';

export interface PublicKeySettings {
  enabled: boolean;
  publicKey: string | null;
  hasHmacKey: boolean;
}

export interface PublicKeyChange {
  enabled?: boolean | undefined;
  /** What pages send already. */
  publicKey?: string | undefined;
  /** What a server signs with already. */
  hmacKey?: string | undefined;
}

const place = (environmentId: string) => ({ table: 'environments', column: 'hmac_key', row: environmentId });

const columns = {
  enabled: environments.publicKeyEnabled,
  publicKey: environments.publicKey,
  hmacKey: environments.hmacKey,
};

const toSettings = ({ hmacKey, ...row }: { enabled: boolean; publicKey: string | null; hmacKey: Buffer | null }) => ({
  ...row,
  hasHmacKey: hmacKey !== null,
});

const own = ({ environmentId }: EnvironmentDb) => eq(environments.id, environmentId);

export async function readPublicKey(environment: EnvironmentDb): Promise<PublicKeySettings> {
  const [row] = await environment.transaction((tx) => tx.select(columns).from(environments).where(own(environment)));
  return toSettings(row!);
}

/** What is absent stays. @throws SynclineError `conflict` (409): nothing to switch on yet, or another environment's key */
export async function changePublicKey(
  environment: EnvironmentDb,
  { enabled, publicKey, hmacKey }: PublicKeyChange,
): Promise<PublicKeySettings> {
  const { environmentId, cipher } = environment;
  const change = {
    ...(enabled !== undefined && { publicKeyEnabled: enabled }),
    ...(publicKey !== undefined && { publicKey }),
    ...(hmacKey !== undefined && { hmacKey: cipher.encryptText(place(environmentId), hmacKey) }),
  };
  if (Object.keys(change).length === 0) return readPublicKey(environment);
  try {
    const [row] = await environment.transaction((tx) =>
      tx.update(environments).set(change).where(own(environment)).returning(columns),
    );
    return toSettings(row!);
  } catch (cause) {
    throw conflictOf(cause);
  }
}

/** A new HMAC key: from now on what was signed with the old one is worth nothing. The public key stays; where there is none, one is made. */
export async function rotateHmacKey(environment: EnvironmentDb): Promise<{ publicKey: string; hmacKey: string }> {
  const { environmentId, cipher } = environment;
  const hmacKey = randomBytes(32).toString('hex');
  return environment.transaction(async (tx) => {
    const [row] = await tx.select(columns).from(environments).where(own(environment)).for('update');
    const publicKey = row!.publicKey ?? randomUUID();
    const sealed = cipher.encryptText(place(environmentId), hmacKey);
    await tx.update(environments).set({ publicKey, hmacKey: sealed }).where(own(environment));
    return { publicKey, hmacKey };
  });
}

/** Of a page that presented it. */
export interface FoundPublicKey {
  environment: EnvironmentDb;
  environmentName: string;
  settings: EnvironmentSettings;
  hmacKey: Secret<string>;
}

interface Row {
  id: string;
  name: string;
  settings: EnvironmentSettings;
  hmac_key: Buffer;
}

/** `off`: where it is not switched on or sessions are strict, and any at all while no environment has switched it on. */
export async function findPublicKey(
  { platform, forEnvironment }: Database,
  publicKey: string,
): Promise<FoundPublicKey | 'off' | 'unknown'> {
  const [row] = uuid.test(publicKey)
    ? await platform<(Row & { public_key_enabled: boolean })[]>`
        SELECT id, name, settings, public_key_enabled, hmac_key FROM environments WHERE public_key = ${publicKey}`
    : [];
  if (!row) {
    const [any] = await platform<{ on: boolean }[]>`
      SELECT EXISTS (SELECT 1 FROM environments WHERE public_key_enabled) AS on`;
    return any!.on ? 'unknown' : 'off';
  }
  // One success and one browser cannot be had for a signature that is good for ever.
  if (!row.public_key_enabled || row.settings.connect?.strict) return 'off';
  const environment = await forEnvironment(row.id);
  const hmacKey = new Secret(environment.cipher.decryptText(place(row.id), row.hmac_key));
  return { environment, environmentName: row.name, settings: row.settings, hmacKey };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function conflictOf(cause: unknown): unknown {
  const { code, constraint_name } = ((cause as Error).cause ?? cause) as { code?: string; constraint_name?: string };
  if (code === '23505') {
    return new SynclineError('conflict', 'Another environment has this public key.', { status: 409, cause });
  }
  if (code === '23514' && constraint_name === 'environments_public_key') {
    return new SynclineError('conflict', 'There is no public key or no HMAC key that could be switched on.', {
      status: 409,
      hint: 'Make both with POST /connect/public-key/rotate, or send your own along.',
      cause,
    });
  }
  return cause;
}
