// `Idempotency-Key` on whatever changes something: a repetition gets the stored answer instead of doing it again.
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import { SynclineError } from '../../core/errors.ts';
import { type Claim, claimRequest, renewEveryMs, type StoredAnswer } from '../../core/requests/claim-request.ts';
import type { ApiEnv, IdempotentRequest } from '../context.ts';

const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** These belong to others: an upstream, a provider. */
const otherFamilies = /^\/(proxy|webhook)(\/|$)/;
const printable = /^[\x20-\x7e]{1,255}$/;
/** Headers that say what is asked for. */
const telling = ['connection-id', 'provider-config-key', 'x-async', 'x-max-retries'];
const kept = ['content-type', 'location', 'x-syncline-error'];
/** Nobody began to do what was asked: who may not, who comes too often, and our own trouble. */
const notBegun = new Set([401, 403, 429, 503]);

export const idempotency = createMiddleware<ApiEnv>(async (c, next) => {
  const key = c.req.header('idempotency-key');
  if (key === undefined || !changing.has(c.req.method) || otherFamilies.test(c.req.path)) return next();
  if (!printable.test(key)) throw invalidKey();
  const { pathname, search } = new URL(c.req.url);
  const headers = telling.map((name) => c.req.header(name) ?? null);
  const claim = await claimRequest(c.var.environment, {
    apiKeyId: c.var.apiKey.id,
    route: `${c.req.method} ${matchedRoutes(c).at(-1)?.path ?? ''}`,
    key,
    content: JSON.stringify([pathname, search, headers, await c.req.text()]),
  });
  if (!('settle' in claim)) return replay(claim);
  c.set('idempotency', { key, repeated: claim.repeated });
  const renewing = setInterval(() => void claim.renew().catch(() => {}), renewEveryMs);
  try {
    await next();
  } finally {
    clearInterval(renewing);
  }
  await store(claim, c.res);
});

/** An answer that cannot be stored is given all the same: the request was carried out, and its claim runs out by itself. */
async function store(claim: Claim, response: Response): Promise<void> {
  if (notBegun.has(response.status)) return claim.release().catch(() => {});
  const answer = await toStored(response.clone());
  await claim.settle(answer).catch(() => {});
}

async function toStored(response: Response): Promise<StoredAnswer> {
  const headers = kept.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return { status: response.status, headers: Object.fromEntries(headers), body: await response.text() };
}

const replay = ({ status, headers, body }: StoredAnswer) =>
  new Response(status === 204 ? null : body, { status, headers: { ...headers, 'Idempotency-Replayed': 'true' } });

const invalidKey = () =>
  new SynclineError('invalid_headers', '', {
    status: 400,
    errors: [
      { code: 'invalid_format', message: 'Must have 1 to 255 printable characters.', path: ['idempotency-key'] },
    ],
  });

/**
 * For what must not be done twice: its first process died, and nobody knows how far it came.
 * @throws SynclineError `outcome_unknown`
 */
export function assertFirst(request: IdempotentRequest | undefined): void {
  if (!request?.repeated) return;
  throw new SynclineError('outcome_unknown', 'The process that ran this request first died before it had an answer.', {
    status: 500,
    payload: {},
    hint: 'Look at the provider whether it was carried out, then call again with a new key. X-Async survives such deaths.',
  });
}
