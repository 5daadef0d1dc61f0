// The checkpoint calls. The script sees its own save or clear at once; a clear is committed when the run ends, so that a kill
// resumes from the last save.
import { parseCheckpoint } from '../parse-checkpoint.ts';
import type { Start } from '../protocol.ts';
import { ourError } from './our-error.ts';

type Checkpoint = Record<string, unknown>;
type Ask = <T>(method: string, args?: Record<string, unknown>) => Promise<T>;

export function createCheckpointCalls(start: Pick<Start, 'checkpoint'>, ask: Ask) {
  let current: Checkpoint | null | undefined = start.checkpoint;
  return {
    getCheckpoint: async () => {
      // Most actions never ask, so theirs is read when they do.
      if (current === undefined) current = await ask<Checkpoint | null>('getCheckpoint');
      return current === null ? null : { ...current };
    },
    saveCheckpoint: async (checkpoint: unknown): Promise<void> => {
      current = await ask<Checkpoint>('saveCheckpoint', { checkpoint: parsed(checkpoint) });
    },
    clearCheckpoint: async (): Promise<void> => {
      current = null;
      await ask('clearCheckpoint');
    },
  };
}

function parsed(checkpoint: unknown): Checkpoint {
  try {
    return parseCheckpoint(checkpoint);
  } catch (error) {
    throw ourError(error as Error);
  }
}
