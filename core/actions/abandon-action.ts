// Ends an asynchronous action from outside of its executions: whoever asks for its result is told why there is none.
import type { EnvironmentDb } from '../db/database.ts';
import { SynclineError } from '../errors.ts';
import { finishAction } from './end-attempt.ts';

/** Changes nothing when it has ended. `code` absent: somebody cancelled it. */
export async function abandonAction(
  environment: EnvironmentDb,
  { id, code = 'script_aborted', message }: { id: string; code?: string | undefined; message: string },
): Promise<void> {
  const error = new SynclineError(code, message, {
    status: code === 'script_aborted' ? 410 : 500,
    payload: {},
    hint: 'Call it again.',
  });
  await environment.transaction((tx) => finishAction(tx, environment, { id }, { error }));
}
