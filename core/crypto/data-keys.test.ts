import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createDataKeys } from './data-keys.ts';

const key = (id: number, retiresInMs: number | null) => ({ id, key: createSecretKey(randomBytes(32)), retiresInMs });

function keysAt() {
  const clock = { ms: 1_000 };
  return { clock, keys: createDataKeys(() => clock.ms) };
}

it('encrypts with a key until its time, then with the next', () => {
  const { clock, keys } = keysAt();
  keys.update([key(1, 500), key(2, null)]);
  expect(keys.active().id).toBe(1);
  clock.ms += 499;
  expect(keys.active().id).toBe(1);
  clock.ms += 1;
  expect(keys.active().id).toBe(2);
  expect([...keys.byId.keys()]).toEqual([1, 2]);
});

it('knows of a rotation as soon as it is told, and opens what any key made', () => {
  const { clock, keys } = keysAt();
  keys.update([key(1, null)]);
  expect(keys.active().id).toBe(1);
  keys.update([key(1, 200), key(2, null)]);
  expect(keys.active().id).toBe(1);
  clock.ms += 200;
  expect(keys.active().id).toBe(2);
});

it('goes on with the last key it could read', () => {
  const { clock, keys } = keysAt();
  keys.update([key(1, 100)]);
  clock.ms += 1_000;
  expect(keys.active().id).toBe(1);
});
