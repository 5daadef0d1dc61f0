import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SynclineError } from '../errors.ts';
import { createDataKeys } from './data-keys.ts';
import { additionalData, keyIdOf, overheadBytes, type Place, seal, unseal } from './envelope.ts';
import { createCipher } from './key-ring.ts';

const active = { id: 7, key: createSecretKey(randomBytes(32)) };
const dataKeys = createDataKeys();
dataKeys.update([{ ...active, retiresInMs: null }]);
const cipher = createCipher({ environmentId: 'env-1', dataKeys, hashKey: active.key });
const place: Place = { table: 'credentials', column: 'value', row: 'row-1' };

const undecryptable = expect.objectContaining({ code: 'undecryptable' });
const plainBytes = fc.uint8Array({ maxLength: 300 });
const places = fc.record({ table: fc.string(), column: fc.string(), row: fc.string() });

describe('a sealed value', () => {
  it('opens in the place it was made for, whatever it holds', () => {
    fc.assert(
      fc.property(places, plainBytes, (where, plain) => {
        const value = cipher.encrypt(where, plain);
        expect(value.length).toBe(plain.length + overheadBytes);
        expect(keyIdOf(value)).toBe(7);
        expect(cipher.decrypt(where, value).equals(Buffer.from(plain))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps text and JSON as they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.jsonValue({ noUnicodeString: false }), (text, json) => {
        expect(cipher.decryptText(place, cipher.encryptText(place, text))).toBe(text);
        const plain: unknown = JSON.parse(JSON.stringify(json));
        expect(cipher.decryptJson(place, cipher.encryptJson(place, plain))).toEqual(plain);
      }),
    );
  });

  it('does not open in another row, column, table or environment', () => {
    const value = cipher.encryptText(place, 'token');
    for (const other of [
      { ...place, row: 'row-2' },
      { ...place, column: 'answer' },
      { ...place, table: 'variables' },
    ]) {
      expect(() => cipher.decrypt(other, value)).toThrow(undecryptable);
    }
    expect(() => unseal(active.key, additionalData('env-2', place), value)).toThrow(undecryptable);
  });

  it('does not open with another key', () => {
    const value = cipher.encryptText(place, 'token');
    expect(() => unseal(createSecretKey(randomBytes(32)), additionalData('env-1', place), value)).toThrow(
      undecryptable,
    );
  });

  it('does not open with any bit changed', () => {
    const value = cipher.encryptText(place, 'a refresh token');
    for (let bit = 0; bit < value.length * 8; bit++) {
      const changed = Buffer.from(value);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => cipher.decrypt(place, changed), `bit ${bit}`).toThrow(SynclineError);
    }
  });

  it('does not open with a shortened tag', () => {
    const value = cipher.encryptText(place, 'a refresh token');
    for (let cut = 1; cut < value.length; cut++) {
      expect(() => cipher.decrypt(place, value.subarray(0, value.length - cut)), `${cut} bytes`).toThrow(undecryptable);
    }
  });

  it('uses an iv only once', () => {
    const aad = additionalData('env-1', place);
    const ivs = new Set(
      Array.from({ length: 2_000 }, () => seal(active, aad, Buffer.alloc(0)).subarray(5, 17).toString('hex')),
    );
    expect(ivs.size).toBe(2_000);
  });
});

describe('a content hash', () => {
  it('is the same for the same content, and another under another key', () => {
    const key = createSecretKey(randomBytes(32));
    const other = createCipher({ environmentId: 'env-1', dataKeys, hashKey: key });
    fc.assert(
      fc.property(plainBytes, plainBytes, (a, b) => {
        expect(cipher.contentHash(a).length).toBe(16);
        expect(cipher.contentHash(a).equals(cipher.contentHash(b))).toBe(Buffer.from(a).equals(Buffer.from(b)));
        expect(cipher.contentHash(a).equals(other.contentHash(a))).toBe(false);
      }),
    );
  });
});
