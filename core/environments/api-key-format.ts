// The shape of an API key: `sl_<env>_<id 8>_<secret 43><crc 6>`. A wrong checksum is noticed without asking the database.
import { createHmac, type KeyObject, randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checksumLength = 6; // 62^6 > 2^32

// Lengths count from the right: `_` also occurs in names of environments and in base64url.
const own = /^(sl_[a-z0-9_-]{1,255}_([0-9A-Za-z]{8})_[A-Za-z0-9_-]{43})([0-9A-Za-z]{6})$/;
/** Keys of the peer, which an operator may load. */
const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let n = 0; n < checksumLength; n++) {
    digits = base62[rest % 62]! + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** @example makeApiKey('dev') // 'sl_dev_AbCdEfGh_…' */
export function makeApiKey(environmentName: string): string {
  const id = Array.from({ length: 8 }, () => base62[randomInt(62)]!).join('');
  const unsigned = `sl_${environmentName}_${id}_${randomBytes(32).toString('base64url')}`;
  return unsigned + checksum(unsigned);
}

export function isApiKey(text: string): boolean {
  const [, unsigned, , crc] = own.exec(text) ?? [];
  return unsigned === undefined ? uuidV4.test(text) : checksum(unsigned) === crc;
}

/** What may be shown of a key: `sl_dev_AbCdEfGh…`. */
export const keyPrefix = (key: string) => `${key.slice(0, own.test(key) ? -(43 + checksumLength + 1) : 8)}…`;

/** What is stored of a key. `pepper`: the ring's purpose `api-key`. */
export const hashApiKey = (pepper: KeyObject, key: string) => createHmac('sha256', pepper).update(key).digest();
