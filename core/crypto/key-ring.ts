// The keys of an instance: key-encryption keys from the operator, a wrapped root from which purpose keys are derived, and
// wrapped data keys per environment. Nothing starts without a key, or with one that does not open what is stored.
import { createSecretKey, hash, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import type { Client } from '../db/database.ts';
import { SynclineError } from '../errors.ts';
import { createDataKeys, type DataKey, type DataKeys } from './data-keys.ts';
import { additionalData, keyIdOf, type Place, seal, unseal } from './envelope.ts';
import { kekOf, unwrap, wrap, wrongKey } from './key-encryption.ts';

/** All that opening values takes: an environment and its data keys by id. Crosses to a thread as it is. */
export interface DecryptionKeys {
  environmentId: string;
  byId: ReadonlyMap<number, KeyObject>;
}

export interface Decipher {
  /** @throws SynclineError `undecryptable`, `wrong_encryption_key` */
  decrypt(place: Place, value: Buffer): Buffer;
}

/** Encrypts and decrypts for one environment; synchronous, its keys are loaded. */
export interface Cipher extends Decipher {
  readonly keys: DecryptionKeys;
  /** Of the data key that encrypts now. */
  readonly activeKeyId: number;
  encrypt(place: Place, plain: Uint8Array): Buffer;
  encryptText(place: Place, plain: string): Buffer;
  decryptText(place: Place, value: Buffer): string;
  encryptJson(place: Place, plain: unknown): Buffer;
  decryptJson<T>(place: Place, value: Buffer): T;
  /** Keyed content hash, 16 bytes: equal content is recognised, content is not guessed from the column. */
  contentHash(content: string | Uint8Array): Buffer;
}

export interface KeyRing {
  /** A key for one use (`api-key`, `cursor`, `temporal-codec`), stable across rotation of the operator's key. */
  purpose(name: string): KeyObject;
  cipherFor(environmentId: string): Promise<Cipher>;
  /** Learns of data keys that were made meanwhile. Happens by itself every few seconds. */
  refresh(): Promise<void>;
  close(): void;
}

/** How old a process's knowledge of the data keys may get; a rotation gives them several times as long. */
export const refreshMs = 5_000;

interface StoredDataKey {
  id: number;
  environment_id: string;
  wrapped: Buffer;
  kek_id: string;
  /** A negative one: it was retired so long ago. */
  retires_in_ms: number | null;
}

/**
 * Opens the ring, making the root on the first start. `keys`: 32 bytes each, the first one active, the others only open.
 * @throws SynclineError `wrong_encryption_key`
 */
export async function openKeyRing(
  platform: Client,
  keys: Buffer[],
  { everyMs = refreshMs }: { everyMs?: number } = {},
): Promise<KeyRing> {
  const keks = keys.map(kekOf);
  const active = keks[0];
  if (!active)
    throw new SynclineError('missing_encryption_key', 'SYNCLINE_ENCRYPTION_KEY is not set.', { status: 500 });

  const fresh = { kekId: active.id, wrapped: wrap(active, 'root', randomBytes(32)).toString('base64') };
  await platform`INSERT INTO instance_facts (name, value) VALUES ('root_key', ${platform.json(fresh)}) ON CONFLICT DO NOTHING`;
  const [row] = await platform<{ value: typeof fresh }[]>`SELECT value FROM instance_facts WHERE name = 'root_key'`;
  const root = unwrap(keks, {
    kekId: row!.value.kekId,
    aad: 'root',
    wrapped: Buffer.from(row!.value.wrapped, 'base64'),
    what: 'the data in this database',
  });

  const [lost] = await platform<{ count: number }[]>`
    SELECT count(*)::int AS count FROM data_keys WHERE NOT kek_id = ANY (${platform.types.texts(keks.map(({ id }) => id))})`;
  if (lost && lost.count > 0) throw wrongKey(`${lost.count} data keys`);

  const purposes = new Map<string, KeyObject>();
  const purpose = (name: string): KeyObject => {
    let key = purposes.get(name);
    if (!key) {
      key = createSecretKey(Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `syncline/${name}`, 32)));
      purposes.set(name, key);
    }
    return key;
  };

  const readKeys = (environmentIds: string[]) =>
    platform<StoredDataKey[]>`
      SELECT id, environment_id, wrapped, kek_id,
        (extract(epoch FROM retired_at - clock_timestamp()) * 1000)::float8 AS retires_in_ms
      FROM data_keys WHERE environment_id = ANY (${platform.types.texts(environmentIds)}::text[]::uuid[]) ORDER BY id`;

  const openKey = ({ id, environment_id, wrapped, kek_id, retires_in_ms }: StoredDataKey): DataKey => ({
    id,
    key: createSecretKey(
      unwrap(keks, { kekId: kek_id, aad: `data|${environment_id}`, wrapped, what: `data key ${id}` }),
    ),
    retiresInMs: retires_in_ms,
  });

  const known = new Map<string, DataKeys>();

  async function loadCipher(environmentId: string): Promise<Cipher> {
    let rows = await readKeys([environmentId]);
    if (rows.length === 0) {
      const wrapped = wrap(active!, `data|${environmentId}`, randomBytes(32));
      await platform`
        INSERT INTO data_keys (environment_id, wrapped, kek_id)
        VALUES (${environmentId}, ${wrapped}, ${active!.id}) ON CONFLICT DO NOTHING`;
      rows = await readKeys([environmentId]);
    }
    const dataKeys = createDataKeys();
    dataKeys.update(rows.map(openKey));
    known.set(environmentId, dataKeys);
    return createCipher({ environmentId, dataKeys, hashKey: purpose(`content-hash/${environmentId}`) });
  }

  let refreshedAtMs = performance.now();
  let refreshing: Promise<void> | undefined;

  async function readAgain(): Promise<void> {
    const startedAtMs = performance.now();
    const byEnvironment = Map.groupBy(await readKeys([...known.keys()]), ({ environment_id }) => environment_id);
    for (const [environmentId, rows] of byEnvironment) {
      // One wrapped with a key that was not given to this process: it goes on with the last that it can open.
      const mine = rows.filter(({ kek_id }) => keks.some(({ id }) => id === kek_id));
      known.get(environmentId)?.update(mine.map(openKey), startedAtMs);
    }
    refreshedAtMs = startedAtMs;
  }

  function refresh(): Promise<void> {
    refreshing ??= readAgain().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  // For ciphers that somebody holds for long; when the database is away, whoever asks for one next finds out.
  const timer = setInterval(() => known.size > 0 && void refresh().catch(() => {}), everyMs);
  timer.unref();

  const ciphers = new Map<string, Promise<Cipher>>();
  return {
    purpose,
    refresh,
    close: () => clearInterval(timer),
    async cipherFor(environmentId) {
      // The timer has missed its turns: this process was stopped, or the database was away.
      if (performance.now() - refreshedAtMs > 2 * everyMs && known.size > 0) await refresh();
      let cipher = ciphers.get(environmentId);
      if (!cipher) {
        cipher = loadCipher(environmentId);
        ciphers.set(environmentId, cipher);
        cipher.catch(() => ciphers.delete(environmentId));
      }
      return cipher;
    },
  };
}

interface CipherKeys {
  environmentId: string;
  dataKeys: DataKeys;
  hashKey: KeyObject;
}

export const createDecipher = ({ environmentId, byId }: DecryptionKeys): Decipher => ({
  decrypt(place, value) {
    const key = byId.get(keyIdOf(value));
    if (!key) throw wrongKey(`a value of key ${keyIdOf(value)}`);
    return unseal(key, additionalData(environmentId, place), value);
  },
});

export function createCipher({ environmentId, dataKeys, hashKey }: CipherKeys): Cipher {
  const encrypt = (place: Place, plain: Uint8Array) =>
    seal(dataKeys.active(), additionalData(environmentId, place), plain);
  const keys = { environmentId, byId: dataKeys.byId };
  const { decrypt } = createDecipher(keys);
  return {
    keys,
    get activeKeyId() {
      return dataKeys.active().id;
    },
    encrypt,
    decrypt,
    encryptText: (place, plain) => encrypt(place, Buffer.from(plain)),
    decryptText: (place, value) => decrypt(place, value).toString(),
    encryptJson: (place, plain) => encrypt(place, Buffer.from(JSON.stringify(plain))),
    decryptJson: <T>(place: Place, value: Buffer) => JSON.parse(decrypt(place, value).toString()) as T,
    contentHash: createContentHash(hashKey),
  };
}

/**
 * SHA-256 of key and content, cut to 16 bytes: a MAC without HMAC's second pass (6 us a record instead of 2). What HMAC
 * guards against, extending a message from its full digest, cannot be done with half of the digest missing.
 */
function createContentHash(hashKey: KeyObject): Cipher['contentHash'] {
  const key = hashKey.export();
  let scratch = Buffer.alloc(4096);
  key.copy(scratch);
  return (content) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const size = key.length + bytes.length;
    if (scratch.length < size) {
      scratch = Buffer.alloc(2 * size);
      key.copy(scratch);
    }
    scratch.set(bytes, key.length);
    const digest = hash('sha256', scratch.subarray(0, size), 'buffer').subarray(0, 16);
    if (scratch.length > 1_000_000) {
      scratch = Buffer.alloc(4096); // one huge record must not cost its size for ever
      key.copy(scratch);
    }
    return digest;
  };
}
