import { expect, it } from 'vitest';
import { leakCanary } from '../bars/leak-canary.ts';

it('secrets that went through an instance are nowhere outside of ciphertext, and planted ones are found', async () => {
  const outcome = await leakCanary({ seed: 7, long: false, port: 3217 });
  expect('holds' in outcome && outcome.holds, JSON.stringify(outcome)).toBe(true);
}, 240_000);
