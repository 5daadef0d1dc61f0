// Checkpoints. A sync's is saved under the run's fence, and with it the journal before it goes: a restart begins from here.
// Any other function's is a row of its own, shared by all its executions on one connection.
import { and, eq } from 'drizzle-orm';
import { functionCheckpoints } from '../../db/schema/function-checkpoints.ts';
import type { Checkpoint } from '../../db/schema/syncs.ts';
import { pageError } from '../../records/commit-page.ts';
import { parseCheckpoint } from '../parse-checkpoint.ts';
import type { Calls, RunContext } from './run-context.ts';

/** Committed when the attempt returns or throws: a killed one resumes from the last saved checkpoint. */
export interface PendingClear {
  wanted: boolean;
}

export function checkpointCalls(context: RunContext, clear: PendingClear): Calls {
  return {
    async getCheckpoint() {
      return { result: await readOwn(context) };
    },
    async saveCheckpoint(args) {
      const checkpoint = parseCheckpoint(args['checkpoint']);
      clear.wanted = false;
      await (context.run ? saveOfRun(context, checkpoint) : saveOwn(context, checkpoint));
      return { result: checkpoint };
    },
    async clearCheckpoint() {
      clear.wanted = true;
      return {};
    },
  };
}

export async function commitClear(context: RunContext): Promise<void> {
  if (context.run) return saveOfRun(context, null);
  await context.environment.transaction((tx) => tx.delete(functionCheckpoints).where(isOwn(context)));
}

/** The run's next segment of the journal begins. @throws SynclineError run_superseded */
async function saveOfRun({ environment, run, journal }: RunContext, checkpoint: Checkpoint | null): Promise<void> {
  const { pages, environmentId } = environment;
  const { syncId, fence, runId } = run!.writer;
  const json = checkpoint === null ? null : JSON.stringify(checkpoint);
  try {
    const [row] = await pages<{ segment: number }[]>`
      SELECT save_checkpoint(${environmentId}, ${syncId}, ${fence}, ${runId}, ${json}::text::jsonb) AS segment`;
    journal!.startSegment(row!.segment);
  } catch (error) {
    throw pageError(error);
  }
}

function keyOf({ kind, name, target, records }: RunContext) {
  const connectionId = target.connection.id;
  return { connectionId, kind: kind as 'action' | 'webhook' | 'on-event', name, variant: records?.variant ?? 'base' };
}

function isOwn(context: RunContext) {
  const { connectionId, kind, name, variant } = keyOf(context);
  return and(
    eq(functionCheckpoints.connectionId, connectionId),
    eq(functionCheckpoints.kind, kind),
    eq(functionCheckpoints.name, name),
    eq(functionCheckpoints.variant, variant),
  );
}

async function readOwn(context: RunContext): Promise<Checkpoint | null> {
  const [row] = await context.environment.transaction((tx) =>
    tx.select({ checkpoint: functionCheckpoints.checkpoint }).from(functionCheckpoints).where(isOwn(context)),
  );
  return row?.checkpoint ?? null;
}

async function saveOwn(context: RunContext, checkpoint: Checkpoint): Promise<void> {
  const { environmentId } = context.environment;
  const row = { environmentId, ...keyOf(context), checkpoint, updatedAt: new Date() };
  const { connectionId, kind, name, variant } = functionCheckpoints;
  await context.environment.transaction((tx) =>
    tx
      .insert(functionCheckpoints)
      .values(row)
      .onConflictDoUpdate({
        target: [connectionId, kind, name, variant],
        set: { checkpoint, updatedAt: row.updatedAt },
      }),
  );
}
