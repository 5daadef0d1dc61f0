// An action in a guest, between the checks of what goes in and what comes out.
import type { Database } from '../db/database.ts';
import { checkInput, checkOutput } from './host/check-action.ts';
import type { GuestPool } from './host/guest-pool.ts';
import type { Guest } from './host/guest-process.ts';
import type { RunContext } from './host/run-context.ts';
import { startOfAction } from './host/start.ts';
import { type Limits, limitsOf } from './limits.ts';
import { type Once, runOnce } from './run-once.ts';

export interface ActionExecution extends Pick<Once, 'stop' | 'js' | 'outer' | 'drainMs'> {
  context: RunContext;
  input: unknown;
  /** Called once the input is accepted. */
  acquire(startMs: number): Promise<Guest>;
}

/** @returns the output as JSON text. @throws ScriptFailure; SynclineError invalid_action_input, invalid_action_output, … */
export async function executeAction(
  parts: { guests: GuestPool; database: Database; limits?: Partial<Limits> },
  { context, input, acquire, ...once }: ActionExecution,
): Promise<string> {
  const { startMs, actionMs } = limitsOf(parts);
  checkInput(context, input);
  const output = await runOnce(parts, {
    ...once,
    context,
    guest: await acquire(startMs),
    start: startOfAction(context, input),
    limitMs: actionMs,
  });
  checkOutput(context, output);
  return output;
}
