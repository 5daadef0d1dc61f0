import fc from 'fast-check';
import { expect, it } from 'vitest';
import { uuidv7 } from './uuid.ts';

it('makes version 7 uuids that carry their time and sort by it', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 47), fc.integer({ min: 1, max: 1e9 }), (ms, later) => {
      const id = uuidv7(ms);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(id.slice(0, 13).replace('-', ''), 16)).toBe(ms);
      expect(id < uuidv7(ms + later)).toBe(true);
    }),
  );
});
