import fc from 'fast-check';
import { expect, it } from 'vitest';
import { actionIdOf } from './action-id.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it('leads a key to the same id for ever, and to another in another environment', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), fc.string({ minLength: 1 }), (one, other, key) => {
      fc.pre(one !== other);
      expect(actionIdOf(one, key)).toMatch(uuid);
      expect(actionIdOf(one, key)).toBe(actionIdOf(one, key));
      expect(actionIdOf(one, key)).not.toBe(actionIdOf(other, key));
      expect(actionIdOf(one, key)).not.toBe(actionIdOf(one, `${key}x`));
    }),
  );
});

it('keeps the id of a key that an earlier version gave: it is a workflow id', () => {
  expect(actionIdOf('0192f0c1-0000-7000-8000-000000000000', 'order-7')).toBe('e6b738be-cff5-8ba9-8f75-606b8876e38a');
});

it('makes a new id without a key', () => {
  expect(actionIdOf('e')).not.toBe(actionIdOf('e'));
});
