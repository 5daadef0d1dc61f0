// The checkpoint of a test: in memory, at the start what the recorded run began with; most often that is null.
import { createSpy } from './spy.ts';
import type { Undeclared } from './undeclared.ts';

export function checkpointMembers(recorded: Undeclared = null) {
  let current = recorded;
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
