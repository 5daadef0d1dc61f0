// What escaped the script, as the error types that clients know (`reference` functions, section 6).
import type { Failed } from '../protocol.ts';
import { cutToBytes } from './cut-to-bytes.ts';
import { isOurError } from './our-error.ts';
import type { AxiosError } from './request-error.ts';
import { ownFrames } from './source-positions.ts';

const maxPayloadBytes = 99_000;
/** Of a field that a payload which is too large keeps. */
const maxKeptBytes = 1_000;
const maxMessageBytes = 10_000;

// V8 keeps ten frames, and those of Node and of this client come first.
Error.stackTraceLimit = 100;

export interface Bundle {
  /** What stack traces call it. */
  file: string;
  js: string;
}

export function describeFailure(error: unknown, bundle: Bundle): Failed['error'] {
  const described = describe(error, bundle);
  return { ...described, message: cutToBytes(described.message, maxMessageBytes) };
}

function describe(error: unknown, bundle: Bundle): Failed['error'] {
  if (isActionError(error)) {
    return {
      type: 'action_script_runtime_error',
      message: error.message || 'The script threw an ActionError.',
      payload: bounded(error.payload ?? {}),
    };
  }
  if (isOurError(error)) {
    const { code, message } = error;
    const payload = withPlace(error.payload, framesOf(error, bundle));
    return { type: code, message, ...(payload !== undefined && { payload: bounded(payload) }) };
  }
  if (isAxios(error) && error.response) return httpError(error.response);
  const { name, message, code } = namesOf(error);
  const stacktrace = framesOf(error, bundle);
  return {
    type: isAxios(error) ? 'script_network_error' : 'script_internal_error',
    message,
    payload: bounded({ name, ...(code !== undefined && { code }), message, ...(stacktrace && { stacktrace }) }),
  };
}

function framesOf(error: unknown, bundle: Bundle): string[] | undefined {
  return error instanceof Error && typeof error.stack === 'string' ? ownFrames(error.stack, bundle) : undefined;
}

/** What a refusal of ours says already, and the line of the script's that asked for it. */
function withPlace(payload: unknown, stacktrace: string[] = []): unknown {
  const isFields = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  if (stacktrace.length < 2 || !(payload === undefined || isFields)) return payload;
  return { ...payload, stacktrace };
}

function httpError({ status, headers, data }: NonNullable<AxiosError['response']>): Failed['error'] {
  const inner = typeof data === 'object' && data !== null && 'payload' in data ? data.payload : data;
  const ours = headers['x-syncline-error'] !== undefined;
  return {
    type: ours && status === 429 ? 'script_api_rate_limit_error' : 'script_http_error',
    message: `The ${ours ? 'call of the platform was answered with' : 'provider answered'} ${status}.`,
    payload: bounded(toObject(inner)),
    upstream: { status, headers: visibleHeaders(headers), body: bounded(data) },
  };
}

function namesOf(error: unknown): { name: string; message: string; code?: string | number } {
  if (typeof error !== 'object' || error === null) return { name: 'Error', message: String(error) };
  const { name, message, code } = error as { name?: unknown; message?: unknown; code?: unknown };
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : (jsonOf(error) ?? String(error)),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
  };
}

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

/** As JSON, at most 99,000 bytes: of what is larger, the small fields stay whole and the text of it all is cut. */
function bounded(value: unknown): unknown {
  const text = jsonOf(value);
  if (text === undefined) return undefined;
  if (Buffer.byteLength(text) <= maxPayloadBytes) return JSON.parse(text) as unknown;
  const plain = JSON.parse(text) as unknown;
  const fields = typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? Object.entries(plain) : [];
  const kept = fields.filter(([, field]) => Buffer.byteLength(JSON.stringify(field)) <= maxKeptBytes).slice(0, 20);
  const room = maxPayloadBytes - Buffer.byteLength(JSON.stringify(kept)) - 100;
  // Quotes of the cut text are escaped once more.
  let cut = cutToBytes(text, room);
  while (Buffer.byteLength(JSON.stringify(cut)) > room) cut = cutToBytes(cut, Math.floor(Buffer.byteLength(cut) * 0.8));
  return { ...Object.fromEntries(kept), truncated: true, text: cut };
}

/** A payload that JSON has no words for (a cycle, a BigInt) must not hide the failure that carries it. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    return JSON.stringify({ message: `The payload cannot be shown: ${(error as Error).message}` });
  }
}
