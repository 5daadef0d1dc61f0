// Sends one token request, once: no redirects, no repeats, one deadline. Whoever asked sees the raw answer before any parser.
import { OAuth2Client } from 'arctic';
import type { Egress, HeaderValues } from '../egress/egress.ts';
import { withFetchContext } from '../egress/fetch-context.ts';
import { toUpstreamError } from '../egress/network-error.ts';
import { readBody } from '../egress/read-body.ts';
import type { StandardGrant, TokenRequest } from './place-params.ts';
import type { RawTokenAnswer } from './token-answer.ts';

const maxBytes = 1_000_000;

export interface SendOptions {
  /** The caller's id of the connection, for the test hook of egress. */
  session: string;
  deadlineMs: number;
  /** Awaited before the answer is handed on. */
  onAnswer?(answer: RawTokenAnswer): Promise<void>;
  now(): number;
}

export type SendTokenRequest = (request: TokenRequest, options: SendOptions) => Promise<RawTokenAnswer>;

/** @throws UpstreamNetworkError, and what `Egress.request` throws */
export function createSendTokenRequest(egress: Egress): SendTokenRequest {
  return async function sendTokenRequest(request, options) {
    return request.standard
      ? await sendByArctic(request, request.standard, options)
      : await sendOurselves(egress, request, options);
  };
}

async function sendOurselves(
  egress: Egress,
  { url, method, headers, body, clientCertificate, keepHeaders }: TokenRequest,
  options: SendOptions,
): Promise<RawTokenAnswer> {
  const { session, deadlineMs } = options;
  const timeouts = { totalMs: deadlineMs, firstByteMs: deadlineMs, idleMs: deadlineMs };
  const answer = await egress.request({
    url,
    method,
    headers,
    body,
    session,
    timeouts,
    maxBytes,
    purpose: 'token',
    ...(clientCertificate && { clientCertificate }),
  });
  const bytes = await readBody(answer, { maxBytes });
  const raw = {
    status: answer.status,
    contentType: String(answer.headers['content-type'] ?? ''),
    retryAfter: answer.headers['retry-after']?.toString(),
    receivedAt: new Date(options.now()),
    bytes,
    ...(keepHeaders && { headers: keptHeaders(answer.headers, keepHeaders) }),
  };
  await options.onAnswer?.(raw);
  return raw;
}

const keptHeaders = (headers: HeaderValues, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, [headers[name] ?? []].flat()]));

/** Its own verdict is not used: it takes only status 200 and JSON, and we have the bytes. */
async function sendByArctic(
  { url }: TokenRequest,
  standard: StandardGrant,
  { session, deadlineMs, onAnswer, now }: SendOptions,
): Promise<RawTokenAnswer> {
  // arctic hands this to `new Request(endpoint, …)`, which takes over a request's signal: its only way to a deadline.
  const endpoint = new Request(url, { signal: AbortSignal.timeout(deadlineMs) }) as unknown as string;
  let raw: RawTokenAnswer | undefined;
  const context = {
    purpose: 'token',
    session,
    async onRawAnswer({ status, headers, bytes }: { status: number; headers: Headers; bytes: Uint8Array }) {
      raw = {
        status,
        contentType: headers.get('content-type') ?? '',
        retryAfter: headers.get('retry-after') ?? undefined,
        receivedAt: new Date(now()),
        bytes: Buffer.from(bytes),
      };
      await onAnswer?.(raw);
    },
  };
  try {
    await withFetchContext(context, () => askByArctic(endpoint, standard));
  } catch (cause) {
    if (!raw) throw networkError(cause);
  }
  if (!raw) throw new Error('The fetch of this process is not guarded: call installGlobalFetch(egress) at boot.');
  return raw;
}

function askByArctic(endpoint: string, standard: StandardGrant): Promise<unknown> {
  const { id, secret = null } = standard.client;
  if ('refreshToken' in standard) {
    return new OAuth2Client(id, secret, null).refreshAccessToken(endpoint, standard.refreshToken, []);
  }
  const { code, verifier, redirectUri } = standard;
  return new OAuth2Client(id, secret, redirectUri).validateAuthorizationCode(endpoint, code, verifier);
}

/** `ArcticFetchError` around fetch's `TypeError` around the socket's error. */
function networkError(cause: unknown): unknown {
  for (let error = cause, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    const known = toUpstreamError(error);
    if (known !== error || error.name === 'SynclineError') return known;
  }
  return cause;
}
