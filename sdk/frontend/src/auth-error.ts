// What every refusal throws: an error with a stable `type`, and what a person can be told.

/** One problem of what was entered. */
export interface FieldProblem {
  code: string;
  message: string;
  /** `['apiKey']`: the field, where the problem is of one. */
  path: string[];
}

/** Made in the browser. All others are the server's: `unknown_connect_session_token`, `callback_err`, `invalid_body`, … */
export type LocalErrorType =
  | 'missing_auth_token'
  | 'missing_connect_session_token'
  | 'invalid_host_url'
  | 'missing_credentials'
  | 'blocked_by_browser'
  | 'window_closed'
  | 'timed_out'
  | 'unknown_error';

/** The rest of the string type keeps room for the server's codes without losing the completion of these. */
export type AuthErrorType =
  | LocalErrorType
  | 'connection_test_failed'
  | 'connection_validation_failed'
  | 'resource_capped'
  | (string & {});

export interface AuthErrorDetails {
  hint?: string | undefined;
  errors?: FieldProblem[] | undefined;
  requestId?: string | undefined;
  status?: number | undefined;
  cause?: unknown;
}

/**
 * @example
 * try {
 *   await syncline.auth('github');
 * } catch (error) {
 *   if (error instanceof AuthError && error.type === 'blocked_by_browser') showConnectButton();
 *   else throw error;
 * }
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  /** Stable. */
  readonly type: AuthErrorType;
  /** What to do now, in one sentence. */
  readonly hint: string | undefined;
  /** What did not validate, for a form to show at its fields. */
  readonly errors: FieldProblem[] | undefined;
  /** Name it when you ask the operator. */
  readonly requestId: string | undefined;
  /** Of the answer, where there was one. */
  readonly status: number | undefined;

  constructor(message: string, type: AuthErrorType, { hint, errors, requestId, status, cause }: AuthErrorDetails = {}) {
    super(message, { cause });
    this.type = type;
    this.hint = hint;
    this.errors = errors;
    this.requestId = requestId;
    this.status = status;
  }
}
