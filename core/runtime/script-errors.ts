// What the API answers when a function failed: status, whether the same call may work later, and what to do.
import { fromUnknown, SynclineError } from '../errors.ts';
import { ScriptFailure } from './host/guest-process.ts';

interface Answer {
  status: number;
  retryable?: boolean;
  hint?: string;
}

/** `reference` functions, section 6. A type that is not here is the script's own mistake, or ours in it: 500. */
const answers: Record<string, Answer> = {
  action_script_runtime_error: { status: 500 },
  script_http_error: { status: 424, hint: '`upstream` is what the provider answered.' },
  script_api_rate_limit_error: { status: 424, retryable: true, hint: 'Call again later: our own limit was reached.' },
  script_network_error: {
    status: 500,
    retryable: true,
    hint: 'The provider gave no answer; the log has every attempt.',
  },
  script_internal_error: { status: 500, hint: 'The stack trace in the payload names the line of the function.' },
  script_aborted: { status: 410, hint: 'The execution was stopped before its end.' },
  script_output_too_large: { status: 400, hint: 'Return less, or save records in a sync and read those.' },
  execution_timeout: { status: 500, hint: 'Do the work in a sync, or in smaller parts.' },
  function_runtime_timed_out: { status: 500 },
  function_runtime_out_of_memory: { status: 500, hint: 'Handle a page at a time instead of keeping everything.' },
  function_runtime_other: { status: 500, retryable: true },
  connection_refresh_exhausted: { status: 424, hint: 'Ask the user to reconnect: POST /connect/sessions/reconnect.' },
  connection_refresh_backoff: {
    status: 424,
    retryable: true,
    hint: 'The token could not be renewed; call again later.',
  },
  invalid_action_input: { status: 400 },
  invalid_action_output: { status: 400 },
  unavailable: { status: 503, retryable: true, hint: 'Nothing was changed; repeat the call in a moment.' },
  server_error: { status: 500, retryable: true },
  outcome_unknown: { status: 500, hint: 'Look at the provider whether the request was done, then call again.' },
};

/** What a provider answers when the same request may do later. */
const isPassing = (status = 0) => status === 408 || status === 425 || status === 429 || status >= 500;

/** An execution's failure as the API tells it. */
export function scriptError(error: unknown): SynclineError {
  if (!(error instanceof ScriptFailure)) return fromUnknown(error);
  const { type, message, payload, upstream } = error.failure;
  const { status, retryable = isPassing(upstream?.status), hint } = answers[type] ?? { status: 500 };
  return new SynclineError(type, message, {
    status,
    ...(retryable && { retryable }),
    ...(hint !== undefined && { hint }),
    payload: (payload ?? {}) as Record<string, unknown>,
    ...(upstream && { upstream }),
    cause: error,
  });
}

/** @returns like `crm/syncs/contacts.ts:12:7`: the author's line that a failure came from */
export function placeOf({ frames = [] }: ScriptFailure['failure']): string | undefined {
  return /(?:\(|at (?:async )?)([^()]+:\d+:\d+)\)?$/.exec(frames[0] ?? '')?.[1];
}

/** As a log line says it. */
export const withPlace = (message: string, place: string | undefined): string =>
  place === undefined ? message : `${message} (${place})`;

export const scriptAborted = () =>
  new ScriptFailure({ type: 'script_aborted', message: 'The execution was stopped.', payload: {} });
