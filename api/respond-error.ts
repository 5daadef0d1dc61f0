// The one place where an error becomes an HTTP answer: `{error: {code, message, …, request_id}}`.
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { fromUnknown, SynclineError } from '../core/errors.ts';
import type { ApiEnv } from './context.ts';

export interface ErrorReport {
  requestId: string;
  method: string;
  /** Without the query: it may carry tokens. */
  path: string;
  error: SynclineError;
}

/** Told of every 5xx, with its cause. */
export type ReportError = (report: ErrorReport) => void;

export function respondError(c: Context<ApiEnv>, cause: unknown, report?: ReportError): Response {
  const error = cause instanceof HTTPException ? fromHttpException(cause) : (unstorable(cause) ?? fromUnknown(cause));
  const requestId = c.var.requestId;
  if (error.status >= 500) report?.({ requestId, method: c.req.method, path: c.req.path, error });
  c.header('X-Syncline-Error', '1');
  const waitMs = error.retryAfterMs ?? (error.status === 503 ? 1000 : undefined);
  if (waitMs !== undefined) c.header('Retry-After', String(Math.max(1, Math.ceil(waitMs / 1000))));
  const limited = error.status === 429 ? { method: c.req.method, path: c.req.path } : {};
  const body = {
    error: {
      code: error.code,
      // The wire knows errors without a message; their `errors` or `hint` speak.
      ...(error.message !== '' && { message: error.message }),
      ...(error.errors && { errors: error.errors }),
      ...(error.payload && { payload: error.payload }),
      ...(error.upstream && { upstream: error.upstream }),
      ...(error.hint !== undefined && { hint: error.hint }),
      ...limited,
      request_id: requestId,
    },
  };
  return c.json(body, error.status as ContentfulStatusCode);
}

/** Hono's own refusals; ours come first, so these are rare. */
function fromHttpException(exception: HTTPException): SynclineError {
  if (exception.status === 415) {
    return new SynclineError('invalid_content_type', 'The Content-Type header must be application/json.', {
      status: 415,
    });
  }
  if (exception.status < 500)
    return new SynclineError('invalid_body', exception.message || 'The request is malformed.', { status: 400 });
  return fromUnknown(exception);
}

/** Postgres stores no NUL character, neither in text (22021) nor in JSON (22P05): the caller's value, not our fault. */
function unstorable(cause: unknown, depth = 0): SynclineError | undefined {
  if (depth > 4 || typeof cause !== 'object' || cause === null) return undefined;
  const { code, cause: inner } = cause as { code?: unknown; cause?: unknown };
  if (code !== '22021' && code !== '22P05') return unstorable(inner, depth + 1);
  return new SynclineError('invalid_body', 'A text contains a NUL character, which cannot be stored.', {
    status: 400,
    cause,
  });
}

export function respondNotFound(c: Context<ApiEnv>): Response {
  const error = new SynclineError('not_found', `There is no ${c.req.method} ${c.req.path}.`, {
    status: 404,
    hint: 'The routes are listed at /docs.',
  });
  return respondError(c, error);
}
