// The edge between our errors and Temporal's: decides whether the server retries, when, and how loud it is.
import { ApplicationFailure } from '@temporalio/activity';
import { fromUnknown } from '../core/errors.ts';
import { ScriptFailure } from '../core/runtime/host/guest-process.ts';

/** A person must act, not the operator: no error in Temporal's metrics. */
const expected = new Set(['connection_refresh_exhausted', 'run_superseded', 'disabled_resource']);

/** Message and code only: a payload may hold an upstream's body, which has no place in a history (R12). */
export function toFailure(cause: unknown): ApplicationFailure {
  if (cause instanceof ScriptFailure) {
    return ApplicationFailure.create({
      type: cause.failure.type,
      message: cause.failure.message.slice(0, 500),
      nonRetryable: true,
    });
  }
  const error = fromUnknown(cause);
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: !error.retryable,
    ...(expected.has(error.code) && { category: 'BENIGN' as const }),
    ...(error.retryAfterMs !== undefined && error.retryable && { nextRetryDelay: error.retryAfterMs }),
  });
}
