// What an HTTP caller of the proxy reads when no upstream answer can be given (proxy.md section 17). Always with X-Syncline-Error: 1.
import { UpstreamNetworkError } from '../egress/network-error.ts';
import { fromUnknown } from '../errors.ts';

export interface ProxyFailure {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

/**
 * What the network said stays flat, as clients of the peer read it; the envelope beside it is ours.
 * @example toProxyFailure(error, 'GET') // {status: 502, body: {message, code: 'ECONNREFUSED', method: 'get', error: {code: 'upstream_unreachable', message}}}
 */
export function toProxyFailure(cause: unknown, method: string): ProxyFailure {
  const error = fromUnknown(cause);
  const { code, message, status, hint, retryAfterMs, errors, payload } = error;
  const headers = {
    'x-syncline-error': '1',
    ...(retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
  };
  if (error instanceof UpstreamNetworkError) {
    const late = status === 504;
    const body = {
      message,
      code,
      method: method.toLowerCase(),
      ...(late && { status }),
      error: { code: 'upstream_unreachable', message: `The provider ${late ? 'took too long' : 'gave no answer'}.` },
    };
    return { status: late ? status : 502, headers, body };
  }
  return {
    status,
    headers,
    body: { error: { code, message, ...(hint && { hint }), ...(errors && { errors }), ...(payload && { payload }) } },
  };
}
