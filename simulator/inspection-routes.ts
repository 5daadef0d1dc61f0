// Routes that say what arrived or answer what was asked for: for tests of proxies and HTTP clients.
import { createHash } from 'node:crypto';
import { type ApiRequest, empty, failure, json, type Reply } from './reply.ts';

export const echoMessage = 'hello from an upstream simulator';

const maxShownBytes = 1024 * 1024;
const maxSlowMs = 600_000;

/** GET: a fixed 71-byte answer, the yardstick of the benchmarks. Anything else: the request, as JSON. */
export function echo({ method, path, query, headers, body }: ApiRequest): Reply {
  if (method === 'GET' || method === 'HEAD') return json(200, { ok: true, path, message: echoMessage });
  const search = query.size > 0 ? `?${query}` : '';
  return json(200, { method, url: `${path}${search}`, headers, body: body.toString('utf8') });
}

/** Everything about a request as it came over the wire; bodies of any size, shown up to 1 MB, hashed in full. */
export async function dump({ method, headers, incoming }: ApiRequest): Promise<Reply> {
  const hash = createHash('sha256');
  const shown: Buffer[] = [];
  let bodyBytes = 0;
  for await (const chunk of incoming) {
    hash.update(chunk);
    if (bodyBytes + chunk.length <= maxShownBytes) shown.push(chunk);
    bodyBytes += chunk.length;
  }
  return json(200, {
    method,
    url: incoming.url,
    httpVersion: incoming.httpVersion,
    headers,
    rawHeaders: incoming.rawHeaders,
    bodyBytes,
    bodySha256: hash.digest('hex'),
    ...(bodyBytes <= maxShownBytes && { bodyBase64: Buffer.concat(shown).toString('base64') }),
  });
}

/** `/status?code=503&retry_after=5` */
export function status({ query }: ApiRequest): Reply {
  const code = Number(query.get('code') ?? 200);
  if (!Number.isInteger(code) || code < 200 || code > 599) return failure(400, 'bad_parameter', 'code is 200 to 599.');
  const retryAfter = query.get('retry_after');
  const headers: Record<string, string> = retryAfter === null ? {} : { 'retry-after': retryAfter };
  return code === 204 || code === 304 ? empty(code, headers) : json(code, { status: code }, headers);
}

/** `/redirect?to=<url>&code=302`; any target, that is the point. */
export function redirect({ query }: ApiRequest): Reply {
  const location = query.get('to') ?? '/me';
  if (/[\r\n]/.test(location)) return failure(400, 'bad_parameter', 'No line breaks in `to`.');
  return empty(Number(query.get('code') ?? 302), { location });
}

/** `/slow?ms=1500` */
export async function slow({ query, incoming }: ApiRequest): Promise<Reply> {
  const waitMs = Math.min(maxSlowMs, Number(query.get('ms') ?? 1000) || 0);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    incoming.socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  return json(200, { waitedMs: waitMs });
}

/** `/bytes?n=5000000000`: so many bytes of a repeating pattern, at the reader's pace. */
export function bytes({ query }: ApiRequest): Reply {
  const lengthBytes = Number(query.get('n') ?? 1024);
  if (!Number.isSafeInteger(lengthBytes) || lengthBytes < 0)
    return failure(400, 'bad_parameter', 'n is a number of bytes.');
  const headers = { 'content-type': 'application/octet-stream' };
  return { status: 200, headers, body: { lengthBytes, chunks: pattern(lengthBytes) } };
}

function* pattern(lengthBytes: number): Generator<Buffer> {
  const block = Buffer.from(Array.from({ length: 64 * 1024 }, (_, at) => at % 251));
  for (let left = lengthBytes; left > 0; left -= block.length)
    yield left >= block.length ? block : block.subarray(0, left);
}
