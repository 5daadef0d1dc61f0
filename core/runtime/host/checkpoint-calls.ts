// Checkpoints: saved under the run's fence, and with them the journal before them goes; a restart begins from here.

import type { Checkpoint } from '../../db/schema/syncs.ts';
import { SynclineError } from '../../errors.ts';
import { pageError } from '../../records/commit-page.ts';
import type { Calls, RunContext } from './run-context.ts';

const maxFields = 16;
const maxKeyLength = 255;
const maxTextLength = 4_000;

const invalid = (problem: string) =>
  new SynclineError(
    'invalid_checkpoint',
    `A checkpoint is a flat object of strings, finite numbers and booleans: ${problem}.`,
    {
      status: 400,
      hint: 'Keep only what the next run needs to go on from: a cursor, a page, a date.',
    },
  );

/** @throws SynclineError invalid_checkpoint */
export function parseCheckpoint(value: unknown): Checkpoint {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('this is not an object');
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  if (entries.length > maxFields) throw invalid(`it has ${entries.length} fields, ${maxFields} are allowed`);
  for (const [name, field] of entries) {
    if (name.length > maxKeyLength) throw invalid(`the name of a field has ${name.length} characters`);
    const scalar =
      typeof field === 'string' || typeof field === 'boolean' || (typeof field === 'number' && Number.isFinite(field));
    if (!scalar)
      throw invalid(`'${name}' is ${field === null ? 'null' : Array.isArray(field) ? 'a list' : typeof field}`);
    if (typeof field === 'string' && field.length > maxTextLength)
      throw invalid(`'${name}' has ${field.length} characters`);
  }
  return Object.fromEntries(entries) as Checkpoint;
}

export function checkpointCalls({ environment, run }: RunContext, clear: { wanted: boolean }): Calls {
  return {
    async saveCheckpoint(args) {
      const checkpoint = parseCheckpoint(args['checkpoint']);
      clear.wanted = false;
      if (!run) return { result: checkpoint }; // an action's checkpoint lives as long as its execution
      const { pages, environmentId } = environment;
      const { syncId, fence, runId } = run.writer;
      try {
        const [row] = await pages<{ segment: number }[]>`
          SELECT save_checkpoint(${environmentId}, ${syncId}, ${fence}, ${runId}, ${JSON.stringify(checkpoint)}::text::jsonb) AS segment`;
        run.journal.startSegment(row!.segment);
      } catch (error) {
        throw pageError(error);
      }
      return { result: checkpoint };
    },
    async clearCheckpoint() {
      clear.wanted = true;
      return {};
    },
  };
}

/** Committed when the attempt returns or throws: a killed one resumes from the last saved checkpoint. */
export async function commitClear({ environment, run }: RunContext): Promise<void> {
  if (!run) return;
  const { syncId, fence, runId } = run.writer;
  try {
    await environment.pages`SELECT save_checkpoint(${environment.environmentId}, ${syncId}, ${fence}, ${runId}, NULL)`;
  } catch (error) {
    throw pageError(error);
  }
}
