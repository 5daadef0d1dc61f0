// AES-256-GCM values that say which key made them and open only in the place they were made for.
//
//   value = 0x01 | key id (4 bytes) | iv (12) | ciphertext | tag (16)
//   AAD   = "v1|table|column|environment|row": a ciphertext moved to another row, column or tenant does not decrypt
import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto';
import { SynclineError } from '../errors.ts';

const version = 1;
const headerBytes = 17;
const tagBytes = 16;
export const overheadBytes = headerBytes + tagBytes;

/** Where a value lives; `row` is the row's id, known before the insert. */
export interface Place {
  table: string;
  column: string;
  row: string;
}

const tampered = () =>
  new SynclineError(
    'undecryptable',
    'A stored value does not decrypt: it was altered, moved, or made with a lost key.',
    {
      status: 500,
      hint: 'Restore the row from a backup, or load the encryption key it was made with.',
    },
  );

// Drawn many at a time: 12 random bytes one by one cost as much as encrypting 300 bytes.
const pool = Buffer.alloc(12 * 512);
let used = pool.length;

function nextIv(target: Buffer): void {
  if (used >= pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  pool.copy(target, 5, used, used + 12);
  used += 12;
}

// OpenSSL takes what it is given before the next call; a buffer a value is half a microsecond of a record's six.
let scratch = Buffer.alloc(512);

/** Valid until the next call. */
export function additionalData(environmentId: string, { table, column, row }: Place): Buffer {
  const text = `v1|${table}|${column}|${environmentId}|${row}`;
  if (scratch.length < 3 * text.length) scratch = Buffer.alloc(3 * text.length);
  return scratch.subarray(0, scratch.write(text));
}

export function seal(key: { id: number; key: KeyObject }, aad: Buffer, plain: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(plain.length + overheadBytes);
  value[0] = version;
  value.writeUInt32BE(key.id, 1);
  nextIv(value);
  const cipher = createCipheriv('aes-256-gcm', key.key, value.subarray(5, headerBytes), { authTagLength: tagBytes });
  cipher.setAAD(aad);
  cipher.update(plain).copy(value, headerBytes);
  cipher.final();
  cipher.getAuthTag().copy(value, value.length - tagBytes);
  return value;
}

/** @throws SynclineError `undecryptable` */
export function keyIdOf(value: Buffer): number {
  if (value.length < overheadBytes || value[0] !== version) throw tampered();
  return value.readUInt32BE(1);
}

/** @throws SynclineError `undecryptable` for a wrong key, place, or any changed bit */
export function unseal(key: KeyObject, aad: Buffer, value: Buffer): Buffer {
  // authTagLength is not optional: without it a 4-byte tag would be accepted.
  const decipher = createDecipheriv('aes-256-gcm', key, value.subarray(5, headerBytes), { authTagLength: tagBytes });
  decipher.setAAD(aad);
  decipher.setAuthTag(value.subarray(value.length - tagBytes));
  const plain = decipher.update(value.subarray(headerBytes, value.length - tagBytes));
  try {
    decipher.final();
  } catch {
    throw tampered();
  }
  return plain;
}
