// What every failed call throws. Shaped so that code written for axios errors goes on working.
import type { ApiResponse } from './response.ts';

/** One problem of a request that did not validate. */
export interface ValidationProblem {
  code: string;
  message: string;
  /** List indexes are text too: `['allowed_integrations', '0']`. */
  path: string[];
}

interface ErrorFields {
  code?: string;
  message?: string;
  hint?: string;
  request_id?: string;
  payload?: Record<string, unknown>;
  errors?: ValidationProblem[];
}

export interface SentRequest {
  method: string;
  url: string;
}

interface Details {
  code: string;
  config: SentRequest;
  response?: ApiResponse<unknown> | undefined;
  fields?: ErrorFields | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/**
 * @example
 * try {
 *   await syncline.getConnection('github', 'acme');
 * } catch (error) {
 *   if (error instanceof SynclineApiError && error.code === 'invalid_credentials') askToReconnect(error.hint);
 *   else throw error;
 * }
 */
export class SynclineApiError extends Error {
  override readonly name = 'SynclineApiError';
  /** `axios.isAxiosError(error)` says yes, and `error.response` is where such code looks. */
  readonly isAxiosError = true;
  /**
   * Stable: `not_found`, `invalid_body`, … Without an answer the network's (`ECONNREFUSED`, `ETIMEDOUT`, …). `ERR_BAD_REQUEST` and
   * `ERR_BAD_RESPONSE` for a 4xx and 5xx that is not the API's own: an upstream's behind the proxy, a load balancer's.
   */
  readonly code: string;
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  /** What to do now, in one sentence. */
  readonly hint: string | undefined;
  /** Name it when you ask the operator. */
  readonly requestId: string | undefined;
  /** Machine-readable extras of this code. */
  readonly payload: Record<string, unknown> | undefined;
  /** What did not validate. */
  readonly errors: ValidationProblem[] | undefined;
  /** The whole answer's body, parsed where it is JSON. */
  readonly body: unknown;
  /** When the server said so: the earliest useful repeat, ms from the answer on. */
  readonly retryAfterMs: number | undefined;
  readonly response: ApiResponse<unknown> | undefined;
  readonly config: SentRequest;

  constructor(message: string, { code, config, response, fields, retryAfterMs, cause }: Details) {
    super(message, { cause });
    this.code = code;
    this.config = config;
    this.response = response;
    this.status = response?.status;
    this.body = response?.data;
    this.hint = fields?.hint;
    this.requestId =
      fields?.request_id ?? response?.headers['x-syncline-request-id'] ?? response?.headers['x-request-id'];
    this.payload = fields?.payload;
    this.errors = fields?.errors;
    this.retryAfterMs = retryAfterMs;
  }

  /** Without bodies: an upstream's may hold anything. */
  toJSON(): object {
    const { name, message, code, status, hint, requestId, config } = this;
    return { name, message, code, status, hint, requestId, config };
  }
}

/** @param isOurs false for an answer that the proxy passed on: its body is the upstream's, whatever it looks like */
export function fromResponse(
  response: ApiResponse<unknown>,
  { config, isOurs, retryAfterMs }: { config: SentRequest; isOurs: boolean; retryAfterMs: number | undefined },
): SynclineApiError {
  const fields = isOurs ? fieldsOf(response.data) : undefined;
  const general = response.status >= 500 ? 'ERR_BAD_RESPONSE' : 'ERR_BAD_REQUEST';
  const message =
    fields?.message ?? problemText(fields?.errors) ?? `Request failed with status code ${response.status}`;
  return new SynclineApiError(message, { code: fields?.code ?? general, config, response, fields, retryAfterMs });
}

function fieldsOf(body: unknown): ErrorFields | undefined {
  const error = typeof body === 'object' && body !== null ? (body as { error?: unknown }).error : undefined;
  return typeof error === 'object' && error !== null ? (error as ErrorFields) : undefined;
}

function problemText(problems: ValidationProblem[] | undefined): string | undefined {
  if (problems === undefined || problems.length === 0) return undefined;
  return problems.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ');
}
