// The keys of an instance: key-encryption keys from the operator, a wrapped root from which purpose keys are derived, and
// wrapped data keys per environment. Nothing starts without a key, or with one that does not open what is stored.
import { createHash, createSecretKey, hash, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import type { Client } from '../db/database.ts';
import { SynclineError } from '../errors.ts';
import { additionalData, keyIdOf, type Place, seal, unseal } from './envelope.ts';

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
}

interface Kek {
  id: string;
  key: KeyObject;
}

const wrongKey = (what: string) =>
  new SynclineError(
    'wrong_encryption_key',
    `SYNCLINE_ENCRYPTION_KEY does not open ${what}: it is not the key this data was made with.`,
    {
      status: 500,
      hint: 'Start with the key of this data; a lost key cannot be recovered.',
    },
  );

/** Short, public name of a key: stored beside what it wrapped. */
const kekOf = (bytes: Buffer): Kek => ({
  id: createHash('sha256').update('syncline-kek-id').update(bytes).digest('hex').slice(0, 12),
  key: createSecretKey(bytes),
});

const wrap = (kek: Kek, aad: string, bytes: Buffer) => seal({ id: 0, key: kek.key }, Buffer.from(aad), bytes);

function unwrap(keks: Kek[], kekId: string, aad: string, wrapped: Buffer, what: string): Buffer {
  const kek = keks.find(({ id }) => id === kekId);
  if (!kek) throw wrongKey(what);
  return unseal(kek.key, Buffer.from(aad), wrapped);
}

/**
 * Opens the ring, making the root on the first start. `keys`: 32 bytes each, the first one active, the others only open.
 * @throws SynclineError `wrong_encryption_key`
 */
export async function openKeyRing(platform: Client, keys: Buffer[]): Promise<KeyRing> {
  const keks = keys.map(kekOf);
  const active = keks[0];
  if (!active)
    throw new SynclineError('missing_encryption_key', 'SYNCLINE_ENCRYPTION_KEY is not set.', { status: 500 });

  const fresh = { kekId: active.id, wrapped: wrap(active, 'root', randomBytes(32)).toString('base64') };
  await platform`INSERT INTO instance_facts (name, value) VALUES ('root_key', ${platform.json(fresh)}) ON CONFLICT DO NOTHING`;
  const [row] = await platform<{ value: typeof fresh }[]>`SELECT value FROM instance_facts WHERE name = 'root_key'`;
  const root = unwrap(
    keks,
    row!.value.kekId,
    'root',
    Buffer.from(row!.value.wrapped, 'base64'),
    'the data in this database',
  );

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

  async function loadCipher(environmentId: string): Promise<Cipher> {
    const read = () =>
      platform<{ id: number; wrapped: Buffer; kek_id: string; retired_at: Date | null }[]>`
        SELECT id, wrapped, kek_id, retired_at FROM data_keys WHERE environment_id = ${environmentId} ORDER BY id DESC`;
    let rows = await read();
    if (rows.length === 0) {
      const wrapped = wrap(active!, `data|${environmentId}`, randomBytes(32));
      await platform`
        INSERT INTO data_keys (environment_id, wrapped, kek_id)
        VALUES (${environmentId}, ${wrapped}, ${active!.id}) ON CONFLICT DO NOTHING`;
      rows = await read();
    }
    const byId = new Map<number, KeyObject>();
    for (const { id, wrapped, kek_id } of rows) {
      byId.set(id, createSecretKey(unwrap(keks, kek_id, `data|${environmentId}`, wrapped, `data key ${id}`)));
    }
    const newest = rows.find(({ retired_at }) => retired_at === null)!;
    return createCipher({
      environmentId,
      active: { id: newest.id, key: byId.get(newest.id)! },
      byId,
      hashKey: purpose(`content-hash/${environmentId}`),
    });
  }

  const ciphers = new Map<string, Promise<Cipher>>();
  return {
    purpose,
    cipherFor(environmentId) {
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

interface CipherKeys extends DecryptionKeys {
  active: { id: number; key: KeyObject };
  hashKey: KeyObject;
}

export const createDecipher = ({ environmentId, byId }: DecryptionKeys): Decipher => ({
  decrypt(place, value) {
    const key = byId.get(keyIdOf(value));
    if (!key) throw wrongKey(`a value of key ${keyIdOf(value)}`);
    return unseal(key, additionalData(environmentId, place), value);
  },
});

export function createCipher({ environmentId, active, byId, hashKey }: CipherKeys): Cipher {
  const encrypt = (place: Place, plain: Uint8Array) => seal(active, additionalData(environmentId, place), plain);
  const { decrypt } = createDecipher({ environmentId, byId });
  return {
    keys: { environmentId, byId },
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
