// Runs an action synchronously in a guest of this process. The contract that the API relies on; see `create-run-action.ts`.
import type { EnvironmentDb } from '../db/database.ts';
import type { ActionNames } from './find-action.ts';

export interface ActionCall extends ActionNames {
  environment: EnvironmentDb;
  input: unknown;
  /** How the log calls it: an action, or a function that was invoked. */
  via?: 'action' | 'function';
  /** Called by a function that waits for it: it needs no place among those that may run, and ends with its caller. */
  nested?: { depth: number; signal: AbortSignal };
}

/**
 * A caller that hangs up does not stop it.
 * @returns the output as JSON text (`null` for undefined)
 * @throws SynclineError unknown_provider, unknown_connection, not_found, disabled_resource, action_script_runtime_error,
 *   script_http_error, script_network_error, script_internal_error, execution_timeout, action_start_timeout,
 *   function_runtime_out_of_memory, script_output_too_large, script_aborted, invalid_action_input, invalid_action_output
 */
export type RunAction = (call: ActionCall) => Promise<{ operationId: string; output: string }>;
