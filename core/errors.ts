// The one error class. What we throw on purpose is one of these; anything else becomes one at the edge that catches it.

export interface ErrorDetails {
  /** HTTP status that an API caller gets. */
  status: number;
  /** Will the same call work later without anybody changing anything? */
  retryable?: boolean;
  /** What the reader should do now; one sentence. */
  hint?: string;
  /** Earliest useful retry, ms from now; an upstream's Retry-After. */
  retryAfterMs?: number;
  /** Machine-readable extras that the wire carries as `error.payload`. */
  payload?: Record<string, unknown>;
  /** Validation problems, one entry each: the wire's `error.errors`. */
  errors?: { code: string; message: string; path: string[] }[];
  /** The provider's answer that a function ended with: `error.upstream` on the wire. */
  upstream?: { status: number; headers: Record<string, unknown>; body: unknown };
  cause?: unknown;
}

/** @example throw new SynclineError('run_finished', 'Run 42 is over.', { status: 409 }); */
export class SynclineError extends Error {
  override readonly name = 'SynclineError';
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly payload: Record<string, unknown> | undefined;
  readonly errors: { code: string; message: string; path: string[] }[] | undefined;
  readonly upstream: ErrorDetails['upstream'] | undefined;

  constructor(code: string, message: string, details: ErrorDetails) {
    super(message, { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.retryable = details.retryable ?? false;
    this.hint = details.hint;
    this.retryAfterMs = details.retryAfterMs;
    this.payload = details.payload;
    this.errors = details.errors;
    this.upstream = details.upstream;
  }
}

/**
 * SQLSTATEs and socket errors that mean "not now" instead of "the statement is wrong": shutting down, out of connections,
 * disk or memory, connection lost, and the transaction that lost a deadlock, a lock or its time (it was rolled back whole).
 */
const databaseAway = new Set(
  (
    '57P01 57P02 57P03 53300 53100 53200 08000 08003 08006 08001 08004 58030 40001 40P01 55P03 57014 ' +
    'CONNECTION_CLOSED CONNECTION_ENDED CONNECTION_DESTROYED CONNECT_TIMEOUT ECONNREFUSED ECONNRESET'
  ).split(' '),
);

/** Walks `cause`, because Drizzle wraps what the driver throws. */
function driverCode(error: unknown, depth = 0): string | undefined {
  if (depth > 4 || typeof error !== 'object' || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === 'string' && databaseAway.has(code) ? code : driverCode(cause, depth + 1);
}

/** For the edges: an HTTP handler's onError, an activity's catch, the CLI's main. */
export function fromUnknown(cause: unknown): SynclineError {
  if (cause instanceof SynclineError) return cause;
  const code = driverCode(cause);
  if (code !== undefined) {
    const full = code === '53100' ? 'The database is out of disk space.' : 'The database does not answer right now.';
    return new SynclineError('unavailable', full, {
      status: 503,
      retryable: true,
      retryAfterMs: 2000,
      hint: 'Nothing was changed; repeat the call in a moment.',
      cause,
    });
  }
  return new SynclineError('server_error', 'Something broke on our side.', { status: 500, retryable: true, cause });
}
