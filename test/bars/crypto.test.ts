import { expect, it } from 'vitest';
import { attackCrypto, holds } from './crypto.ts';
import { rekey, rekeyHolds } from './crypto-rekey.ts';

it('no moved, altered or cut ciphertext of any column opens, and a careless cipher would open them', async () => {
  const found = await attackCrypto({ seed: 7, roundTrips: 1_000 });
  expect(found).toMatchObject({ movedAccepted: 0, flippedAccepted: 0, cutAccepted: 0, withoutKeyId: 0, toothless: [] });
  expect(found.moved).toBeGreaterThan(1_000);
  expect(holds(found)).toBe(true);
  expect(holds({ ...found, movedAccepted: 1 })).toBe(false);
  expect(holds({ ...found, columns: found.columns - 1 })).toBe(false);
});

it('keys rotate under readers and writers; a reader that is told nothing fails', async () => {
  const form = { seed: 7, connections: 50, records: 1_500, keyRefreshMs: 200, activateAfterMs: 1_500 };
  const found = await rekey(form);
  expect(found).toMatchObject({ failedReads: 0, failedWrites: 0, wrong: 0, onOldKeys: 0, refusedBefore: true });
  expect(rekeyHolds(found)).toBe(true);
  expect(rekeyHolds({ ...found, failedReads: 1 })).toBe(false);
  expect(rekeyHolds({ ...found, controlFailures: 0 })).toBe(false);
});
