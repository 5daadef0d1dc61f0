// Row ids: UUID version 7 (RFC 9562 section 5.7), made by us before the insert so that a ciphertext can be bound to its row.
import { randomFillSync } from 'node:crypto';

const idBytes = 16;
// Asking the system for many at once costs a tenth for each.
const pool = Buffer.allocUnsafe(256 * idBytes);
let used = pool.length;

function takeRandom(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += idBytes;
  return pool.subarray(used - idBytes, used);
}

/** @example uuidv7() // '0192f0c4-7a31-7c55-b1a3-0d7a0c0f9b1e', sorts by time of creation to the millisecond */
export function uuidv7(nowMs = Date.now()): string {
  const bytes = takeRandom();
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
