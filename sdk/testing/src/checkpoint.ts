// The checkpoint of a test: in memory, null at the start, as the runtime has it.
import { createSpy } from './spy.ts';
import type { Undeclared } from './undeclared.ts';

export function checkpointMembers() {
  let current: Undeclared = null;
  return {
    getCheckpoint: createSpy('getCheckpoint', async () => (current === null ? null : { ...current })),
    // Through JSON, as it is stored: dates become text, undefined drops out.
    saveCheckpoint: createSpy('saveCheckpoint', async (checkpoint: unknown) => {
      current = JSON.parse(JSON.stringify(checkpoint));
    }),
    clearCheckpoint: createSpy('clearCheckpoint', async () => {
      current = null;
    }),
  };
}
