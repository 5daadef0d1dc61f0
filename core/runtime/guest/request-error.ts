// The errors that requests reject with: axios-shaped, of the guest's own realm, because scripts ask `instanceof Error`.
import { ourError } from './our-error.ts';

export interface HttpResponse {
  data: unknown;
  status: number;
  statusText: string;
  headers: Record<string, unknown>;
  config: Record<string, unknown>;
  request: Record<string, unknown>;
}

export interface AxiosError extends Error {
  name: 'AxiosError';
  isAxiosError: true;
  code?: string;
  status?: number;
  /** undefined when there was no answer. */
  response?: HttpResponse | undefined;
  config: unknown;
  request: unknown;
  toJSON(): Record<string, unknown>;
}

interface Fields {
  code: string;
  status?: number;
  response?: HttpResponse;
  config: unknown;
  cause?: unknown;
}

function axiosError(message: string, { cause, ...fields }: Fields): AxiosError {
  const error = new Error(message, cause === undefined ? undefined : { cause }) as AxiosError;
  error.name = 'AxiosError';
  return Object.assign(error, {
    isAxiosError: true as const,
    request: {},
    response: undefined,
    ...fields,
    toJSON: () => ({
      message,
      name: 'AxiosError',
      stack: error.stack,
      config: fields.config,
      code: fields.code,
      status: fields.status ?? null,
    }),
  });
}

/** The provider answered with a status outside 200-299. */
export function statusError(response: HttpResponse): AxiosError {
  const { status, config } = response;
  const code = status >= 500 ? 'ERR_BAD_RESPONSE' : 'ERR_BAD_REQUEST';
  return axiosError(`Request failed with status code ${status}`, { code, status, response, config });
}

/** What the host says when it has no answer: an error of the network, or a refusal of ours. */
export interface HostError {
  code?: unknown;
  message: string;
  status?: number;
  payload?: unknown;
}

/** Codes of Node and undici are in capitals, ours are not. */
const isNetworkCode = (code: string) => /^[A-Z]/.test(code);

/** For requests to the provider. An error that the host did not send stays as it is. */
export function requestError(cause: unknown, config: Record<string, unknown>): unknown {
  const { code, message } = cause as HostError;
  if (typeof code !== 'string') return cause;
  if (isNetworkCode(code)) return axiosError(message, { code, config });
  return refusal(cause as HostError & { code: string }, config);
}

/** A refusal of ours with the answer that the same call over HTTP gets. Marked as ours: it ends a run under its own code. */
export function refusal({ code, message, status = 500, payload }: HostError & { code: string }, config: unknown = {}) {
  const extra = payload !== undefined && { payload };
  const error = platformError({ code, message, status, body: { code, message, ...extra } }, config);
  return ourError(Object.assign(error, extra));
}

/** The platform's own API answered with an error, as it does to `POST /action/trigger`. */
export function platformError(
  { code, message, status, body }: { code: string; message: string; status: number; body: Record<string, unknown> },
  config: unknown = {},
): AxiosError {
  const response: HttpResponse = {
    data: { error: body },
    status,
    statusText: '',
    headers: { 'content-type': 'application/json', 'x-syncline-error': '1' },
    config: config as Record<string, unknown>,
    request: {},
  };
  return axiosError(message, { code, status, response, config });
}
