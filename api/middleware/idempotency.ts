// `Idempotency-Key` on whatever changes something: a repetition gets the stored answer instead of doing it again.
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import { SynclineError } from '../../core/errors.ts';
import { type Claim, claimRequest, renewEveryMs, type StoredAnswer } from '../../core/requests/claim-request.ts';
import type { ApiEnv } from '../context.ts';

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
  await runClaimed(claim, async () => {
    await next();
    return c.res;
  });
});

/** An answer that could not be stored is given all the same: the request was carried out. */
async function runClaimed(claim: Claim, run: () => Promise<Response>): Promise<void> {
  const renewing = setInterval(() => void claim.renew().catch(() => {}), renewEveryMs);
  try {
    const response = await run();
    if (notBegun.has(response.status)) await claim.release();
    else await claim.settle(await toStored(response.clone()));
  } catch {
    // The database is away: the claim runs out by itself.
  } finally {
    clearInterval(renewing);
  }
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
