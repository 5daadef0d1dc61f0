// What a script throws is logged, stored with its run, told to the app and written into Temporal's history: a credential that stands
// in it by mistake goes no further than here.
import { createRedactor } from '../../logs/redact.ts';
import { ScriptFailure } from './guest-end.ts';

/** @returns the error without secrets of the execution; any other than a script's as it is */
export function cleanFailure(error: unknown, secrets: Iterable<string>): unknown {
  if (!(error instanceof ScriptFailure)) return error;
  return new ScriptFailure(createRedactor(secrets).known(error.failure) as ScriptFailure['failure']);
}
