import { createSecretKey, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashApiKey, isApiKey, keyPrefix, makeApiKey } from './api-key-format.ts';

const environmentName = fc.stringMatching(/^[a-z0-9_-]{1,40}$/);

it('makes keys that it recognises, for every name of an environment', () => {
  fc.assert(
    fc.property(environmentName, (name) => isApiKey(makeApiKey(name))),
    { numRuns: 200 },
  );
});

it('notices any one changed character by the checksum', () => {
  const key = makeApiKey('my_env-2');
  fc.assert(
    fc.property(fc.integer({ min: 3, max: key.length - 1 }), fc.constantFrom(...'abcXYZ019'), (at, character) => {
      const changed = key.slice(0, at) + character + key.slice(at + 1);
      return changed === key || !isApiKey(changed);
    }),
    { numRuns: 500 },
  );
});

it.each([
  '',
  'sl_dev_x',
  'Basic abc',
  `${makeApiKey('dev')} `,
  makeApiKey('dev').slice(1),
  makeApiKey('dev').toUpperCase(),
])('refuses %j', (text) => expect(isApiKey(text)).toBe(false));

it('recognises a UUID of version 4 and no other', () => {
  expect(isApiKey(randomUUID())).toBe(true);
  expect(isApiKey('0192f0c4-7a31-7c55-b1a3-0d7a0c0f9b1e')).toBe(false);
});

it('shows the beginning of a key without its secret', () => {
  const key = makeApiKey('dev');
  expect(keyPrefix(key)).toMatch(/^sl_dev_[0-9A-Za-z]{8}…$/);
  expect(keyPrefix('4b3e7c7e-6c3d-4f0e-9b1a-000000000000')).toBe('4b3e7c7e…');
});

it('hashes with the pepper, so that a stolen table cannot be searched', () => {
  const [one, other] = ['a', 'b'].map((text) => createSecretKey(Buffer.from(text)));
  expect(hashApiKey(one!, 'key').equals(hashApiKey(other!, 'key'))).toBe(false);
});
