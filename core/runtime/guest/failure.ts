// What escaped the script, as the error types that clients know (`reference` functions, section 6).
import type { Failed } from '../protocol.ts';
import type { AxiosError } from './http.ts';

const maxPayloadBytes = 99_000;

export function describeFailure(error: unknown, file: string): Failed['error'] {
  if (isActionError(error)) {
    return {
      type: 'action_script_runtime_error',
      message: error.message || 'The script threw an ActionError.',
      payload: bounded(error.payload ?? {}),
    };
  }
  if (isAxios(error) && error.response) {
    const { status, headers, data } = error.response;
    const inner =
      typeof data === 'object' && data !== null && 'payload' in data ? (data as { payload: unknown }).payload : data;
    return {
      type: 'script_http_error',
      message: `The provider answered ${status}.`,
      payload: bounded(toObject(inner)),
      upstream: { status, headers: visibleHeaders(headers), body: bounded(data) },
    };
  }
  const {
    name = 'Error',
    message = String(error),
    code,
  } = (error ?? {}) as { name?: string; message?: string; code?: string };
  if (typeof code === 'string' && ownCodes.has(code)) return { type: code, message };
  const stacktrace = frames(error, file);
  if (isAxios(error))
    return {
      type: 'script_network_error',
      message,
      payload: { name, code, message, ...(stacktrace && { stacktrace }) },
    };
  return {
    type: 'script_internal_error',
    message,
    payload: { name, ...(code && { code }), message, ...(stacktrace && { stacktrace }) },
  };
}

/** Codes of the platform that a run ends with as they are. */
const ownCodes = new Set([
  'run_superseded',
  'too_many_rejects',
  'delete_tracking_incomplete',
  'delete_tracking_not_started',
  'rate_limited_too_long',
  'outcome_unknown',
  'invalid_checkpoint',
  'connection_refresh_exhausted',
  'connection_refresh_backoff',
  'unknown_model',
  'pagination_loop',
  'pagination_limit',
  'pagination_cross_origin',
  'pagination_config',
  'unavailable',
  'module_not_allowed',
]); // prettier-ignore

function isActionError(error: unknown): error is Error & { payload?: unknown } {
  return error instanceof Error && (error as { type?: unknown }).type === 'action_script_runtime_error';
}

function isAxios(error: unknown): error is AxiosError {
  return error instanceof Error && (error as { isAxiosError?: unknown }).isAxiosError === true;
}

const toObject = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { message: value };

function visibleHeaders(headers: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name === 'content-type' || name.startsWith('x-rate')),
  );
}

/** The first line and the frames of the script's own file, at most ten. */
function frames(error: unknown, file: string): string[] | undefined {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined;
  const [first = '', ...rest] = error.stack.split('\n');
  return [first, ...rest.filter((line) => line.includes(file)).slice(0, 10)];
}

function bounded(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (text === undefined) return undefined;
  if (Buffer.byteLength(text) <= maxPayloadBytes) return JSON.parse(text);
  return { truncated: true, text: text.slice(0, maxPayloadBytes) };
}
