// Runs an action synchronously in a guest of this process. The contract that the API relies on; see `create-run-action.ts`.
import type { EnvironmentDb } from '../db/database.ts';

export interface ActionCall {
  environment: EnvironmentDb;
  /** The wire's names; the caller has checked nothing. */
  providerConfigKey: string;
  connectionId: string;
  actionName: string;
  input: unknown;
  signal?: AbortSignal;
}

/**
 * @returns the output as JSON text (`null` for undefined)
 * @throws SynclineError unknown_connection, not_found, disabled_resource, action_script_runtime_error, script_http_error,
 *   script_network_error, script_internal_error, execution_timeout, action_start_timeout, function_runtime_out_of_memory,
 *   script_output_too_large
 */
export type RunAction = (call: ActionCall) => Promise<{ operationId: string; output: string }>;
