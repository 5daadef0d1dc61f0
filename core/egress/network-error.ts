// What can go wrong between us and an upstream, under the codes that Node and undici give it.
import { SynclineError } from '../errors.ts';

/** No whole answer came. `code` is Node's (`ECONNREFUSED`, `ETIMEDOUT`, `UND_ERR_SOCKET`, …). */
export class UpstreamNetworkError extends SynclineError {
  /** False when the connection never opened: then nothing was sent, and any method may be repeated. */
  readonly opened: boolean;

  constructor(code: string, message: string, { opened, cause }: { opened: boolean; cause?: unknown }) {
    super(code, message, { status: code === 'ETIMEDOUT' ? 504 : 500, retryable: true, cause });
    this.opened = opened;
  }
}

const neverOpened = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

const renamed: Record<string, string> = {
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_HEADERS_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_BODY_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'UND_ERR_SOCKET', // cut short
  UND_ERR_DESTROYED: 'ECONNABORTED',
  UND_ERR_CLOSED: 'ECONNABORTED',
};

/** For whatever undici or a decoder throws; our own errors and programming errors pass through. */
export function toUpstreamError(cause: unknown): unknown {
  if (cause instanceof SynclineError || !(cause instanceof Error)) return cause;
  const { code, syscall } = cause as { code?: unknown; syscall?: unknown };
  if (cause.name === 'TimeoutError') return networkError('ETIMEDOUT', { opened: true, cause });
  if (cause.name === 'HTTPParserError') return parserError(cause);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return protocolError(cause);
  if (typeof code !== 'string' || code === 'UND_ERR_ABORTED' || code.startsWith('UND_ERR_INVALID')) return cause;
  const name = renamed[code] ?? code;
  const opened = !(neverOpened.has(name) || code === 'UND_ERR_CONNECT_TIMEOUT' || syscall === 'connect');
  return networkError(name, { opened, cause });
}

export function tooLarge(maxBytes: number): SynclineError {
  return new SynclineError('response_too_large', `The answer is larger than ${maxBytes} bytes.`, { status: 502 });
}

/** undici 8 sets no code here. `data` is what the parser choked on; without it the input just ended too early. */
function parserError(cause: Error): SynclineError {
  const { data } = cause as { data?: unknown };
  const cut = data === undefined || data === '';
  return cut ? networkError('UND_ERR_SOCKET', { opened: true, cause }) : protocolError(cause);
}

function protocolError(cause: Error): SynclineError {
  const message = 'The upstream answered something that is not HTTP.';
  return new SynclineError('upstream_protocol_error', message, { status: 502, cause });
}

/** An AggregateError of several refused addresses has no message of its own. */
function networkError(code: string, { opened, cause }: { opened: boolean; cause: Error }): UpstreamNetworkError {
  return new UpstreamNetworkError(code, cause.message === '' ? code : cause.message, { opened, cause });
}
