// The operator's keys: each wraps the root and the data keys, and is known by a short public name stored beside what it wrapped.
import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { SynclineError } from '../errors.ts';
import { seal, unseal } from './envelope.ts';

export interface KeyEncryptionKey {
  id: string;
  key: KeyObject;
}

export const wrongKey = (what: string) =>
  new SynclineError(
    'wrong_encryption_key',
    `SYNCLINE_ENCRYPTION_KEY does not open ${what}: it is not the key this data was made with.`,
    {
      status: 500,
      hint: 'Start with the key of this data; a lost key cannot be recovered.',
    },
  );

/** @param bytes 32 */
export const kekOf = (bytes: Buffer): KeyEncryptionKey => ({
  id: createHash('sha256').update('syncline-kek-id').update(bytes).digest('hex').slice(0, 12),
  key: createSecretKey(bytes),
});

/** @param aad `root`, or `data|` and the environment's id */
export const wrap = (kek: KeyEncryptionKey, aad: string, bytes: Buffer): Buffer =>
  seal({ id: 0, key: kek.key }, Buffer.from(aad), bytes);

interface Wrapped {
  kekId: string;
  aad: string;
  wrapped: Buffer;
  /** For people. */
  what: string;
}

/** @throws SynclineError `wrong_encryption_key`, `undecryptable` */
export function unwrap(keks: readonly KeyEncryptionKey[], { kekId, aad, wrapped, what }: Wrapped): Buffer {
  const kek = keks.find(({ id }) => id === kekId);
  if (!kek) throw wrongKey(what);
  return unseal(kek.key, Buffer.from(aad), wrapped);
}
