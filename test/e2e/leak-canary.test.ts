import { expect, it } from 'vitest';
import { judgeLeaks } from '../bars/leak-canary.ts';
import { joinSystem, readSharedOutput } from './join-system.ts';

it('secrets that went through an instance are nowhere outside of ciphertext, and planted ones are found', async () => {
  const world = { ...(await joinSystem('leaks')), readOutput: readSharedOutput };
  try {
    const { holds, figure } = await judgeLeaks(world, 7);
    expect(holds, figure).toBe(true);
  } finally {
    await world.end();
  }
}, 240_000);
