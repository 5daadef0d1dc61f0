import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress } from '../egress/egress.ts';
import { type BuildInput, buildRequest } from './build-request.ts';
import type { ProxyCredentials, ProxyRules } from './entry.ts';
import { type AttemptLine, type SendOptions, sendBuffered, sendProxied } from './send.ts';

type Handler = (request: IncomingMessage & { text: string }, response: ServerResponse, count: number) => void;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(handler: Handler) {
  const requests: (IncomingMessage & { text: string })[] = [];
  const server = createServer(async (request, response) => {
    const seen = Object.assign(request, { text: (await buffer(request).catch(() => Buffer.alloc(0))).toString() });
    requests.push(seen);
    handler(seen, response, requests.length);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, origin: `http://${host}`, requests };
}

interface Call extends Partial<Omit<SendOptions, 'build'>> {
  request?: Partial<BuildInput['request']>;
  proxy?: Partial<ProxyRules>;
  credentials?: () => ProxyCredentials;
  allow?: string[];
}

function options(
  base: string,
  {
    request,
    proxy,
    credentials = () => ({ type: 'OAUTH2', access_token: 'the-token' }),
    allow = [],
    ...rest
  }: Call = {},
) {
  const egress = createEgress({ allow: [new URL(base).host, ...allow], env: 'production' });
  closers.push(() => egress.close());
  const provider = { auth_mode: 'OAUTH2', proxy: { base_url: base, ...proxy } } as const;
  const waits: number[] = [];
  const lines: AttemptLine[] = [];
  const send: SendOptions = {
    egress,
    provider,
    build: async () =>
      buildRequest({
        provider,
        integration: {},
        connection: { id: 'c', connectionConfig: {}, metadata: {} },
        credentials: credentials(),
        request: { method: 'GET', endpoint: '/x', ...request },
      }),
    sleep: async (ms) => {
      waits.push(ms);
    },
    random: () => 0.5,
    onAttempt: (line) => lines.push(line),
    ...rest,
  };
  return { send, waits, lines };
}

describe('repeats', () => {
  it('repeat by the rules, rebuilt each time, one line an attempt', async () => {
    const { origin, requests } = await serve((_request, response, count) => {
      if (count === 1) response.writeHead(429, { 'retry-after': '2' }).end();
      else if (count === 2) response.writeHead(502).end();
      else response.end('done');
    });
    let built = 0;
    const { send, waits, lines } = options(origin, {
      retries: 3,
      credentials: () => ({ type: 'OAUTH2', access_token: `token-${++built}` }),
    });
    const answer = await sendBuffered(send);
    expect(answer).toMatchObject({ status: 200, attempts: 3 });
    expect(answer.bytes.toString()).toBe('done');
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-3',
    ]);
    expect(waits).toEqual([2100, 1000]);
    expect(lines.map(({ status, retry }) => [status, retry])).toEqual([
      [429, { attempt: 1, max: 3, waitMs: 2100 }],
      [502, { attempt: 2, max: 3, waitMs: 1000 }],
      [200, { attempt: 3, max: 3 }],
    ]);
  });

  it('give the last answer when the budget is used', async () => {
    const { origin, requests } = await serve((_request, response) => response.writeHead(503).end('down'));
    const answer = await sendProxied(options(origin, { retries: 2 }).send);
    expect(answer.status).toBe(503);
    expect((await buffer(answer.body)).toString()).toBe('down');
    expect(requests).toHaveLength(3);
  });

  it('send a POST once when its answer does not come, and again when told to', async () => {
    const { origin, requests } = await serve((request) => request.socket.destroy());
    const post = { request: { method: 'POST', data: { a: 1 } }, retries: 2 };
    await expect(sendBuffered(options(origin, post).send)).rejects.toMatchObject({
      code: expect.stringMatching(/UND_ERR_SOCKET|ECONNRESET/),
    });
    expect(requests).toHaveLength(1);
    await expect(sendBuffered(options(origin, { ...post, retryUnsafe: true }).send)).rejects.toThrow();
    expect(requests).toHaveLength(4);
    await expect(
      sendBuffered(
        options(origin, { ...post, request: { ...post.request, headers: { 'idempotency-key': 'k' } } }).send,
      ),
    ).rejects.toThrow();
    expect(requests).toHaveLength(7);
  });

  it('repeat a POST that never left', async () => {
    const { lines, send } = options('http://127.0.0.1:1', { request: { method: 'POST', data: {} }, retries: 2 });
    await expect(sendBuffered(send)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(lines.map(({ code }) => code)).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
  });

  it('repeat an answer that was cut, for functions', async () => {
    const whole = gzipSync('{"rows":[1,2,3]}');
    const { origin, requests } = await serve((_request, response, count) => {
      response.writeHead(200, { 'content-encoding': 'gzip', connection: 'close' });
      if (count === 1) response.write(whole.subarray(0, 15), () => response.socket?.destroy());
      else response.end(whole);
    });
    const answer = await sendBuffered(options(origin, { retries: 1 }).send);
    expect(answer.bytes.toString()).toBe('{"rows":[1,2,3]}');
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect(requests).toHaveLength(2);
  });

  it('read a wait from the body without losing the body', async () => {
    const { origin } = await serve((_request, response) => response.writeHead(429).end('{"m":"wait 7s"}'));
    const proxy: Partial<ProxyRules> = { retry: { in_body: { path: 'm', value: '/wait (.+)/', strategy: 'after' } } };
    const { send, waits } = options(origin, { retries: 1, proxy, longWait: { mode: 'return', maxWaitMs: 5000 } });
    const answer = await sendProxied(send);
    expect((await buffer(answer.body)).toString()).toBe('{"m":"wait 7s"}');
    expect(waits).toEqual([]);
  });

  it('do not hold long waits: the answer returns, or the slice ends', async () => {
    const { origin, requests } = await serve((_request, response) =>
      response.writeHead(429, { 'retry-after': '90' }).end(),
    );
    expect((await sendProxied(options(origin, { retries: 5 }).send)).headers['retry-after']).toBe('90');
    expect(requests).toHaveLength(1);
    const parked = sendBuffered(
      options(origin, { retries: 5, longWait: { mode: 'throw-wait', maxWaitMs: 15_000 } }).send,
    );
    await expect(parked).rejects.toMatchObject({ code: 'retry_later', retryable: true, retryAfterMs: 90_500 });
  });

  it('stop waiting after five minutes in sum', async () => {
    const { origin, requests } = await serve((_request, response) =>
      response.writeHead(429, { 'retry-after': '59' }).end(),
    );
    await sendProxied(options(origin, { retries: 10, random: () => 0 }).send);
    expect(requests).toHaveLength(6);
  });

  it('never repeat a streamed body', async () => {
    const { origin, requests } = await serve((_request, response) => response.writeHead(503).end());
    await sendProxied(
      options(origin, {
        retries: 3,
        request: { method: 'PUT', rawBody: Readable.from([Buffer.from('abc')]), rawBodySizeBytes: 3 },
      }).send,
    );
    expect(requests.map(({ text, headers }) => [text, headers['content-length']])).toEqual([['abc', '3']]);
  });
});

describe('401', () => {
  it('renews once and repeats once, whatever retries says', async () => {
    const { origin, requests } = await serve((_request, response) => response.writeHead(401).end());
    let renewals = 0;
    const onUnauthorized = async () => ++renewals > 0;
    expect(
      (await sendBuffered(options(origin, { request: { method: 'POST', data: {} }, onUnauthorized }).send)).status,
    ).toBe(401);
    expect([renewals, requests.length]).toEqual([1, 2]);
  });

  it('is the answer when renewal does not help, or the authorization was the caller’s own', async () => {
    const { origin, requests } = await serve((_request, response) => response.writeHead(401).end('who?'));
    expect((await sendBuffered(options(origin, { onUnauthorized: async () => false }).send)).bytes.toString()).toBe(
      'who?',
    );
    const own = options(origin, {
      request: { headers: { authorization: 'mine' } },
      onUnauthorized: () => Promise.reject(new Error('not asked')),
    });
    expect((await sendBuffered(own.send)).status).toBe(401);
    expect(requests).toHaveLength(2);
  });
});

describe('redirects', () => {
  const kinds: [string, ProxyCredentials, Partial<ProxyRules>, Partial<BuildInput['request']>][] = [
    ['bearer', { type: 'OAUTH2', access_token: 'SECRET-1' }, {}, {}],
    ['basic', { type: 'BASIC', username: 'u', password: 'SECRET-1' }, {}, {}],
    ['api key header', { type: 'API_KEY', apiKey: 'SECRET-1' }, { headers: { 'x-api-key': '${apiKey}' } }, {}],
    ['cookie', { type: 'API_KEY', apiKey: 'SECRET-1' }, { headers: { cookie: 'sid=${apiKey}' } }, {}],
    ['custom header', { type: 'API_KEY', apiKey: 'SECRET-1' }, { headers: { 'x-other': '${apiKey}' } }, {}],
    ['query key', { type: 'API_KEY', apiKey: 'SECRET-1' }, { query: { key: '${apiKey}' } }, {}],
    ["caller's own", { type: 'NONE' }, {}, { headers: { authorization: 'SECRET-1' } }],
  ];
  it.each(kinds)('carry no secret to another origin: %s', async (_kind, credentials, proxy, request) => {
    const other = await serve((_request, response) => response.end('file'));
    for (const status of [301, 302, 303, 307, 308]) {
      const { origin } = await serve((_request, response) =>
        response.writeHead(status, { location: `${other.origin}/f` }).end(),
      );
      for (const method of ['GET', 'POST']) {
        const call = {
          credentials: () => credentials,
          proxy,
          request: { ...request, method, data: { s: 'SECRET-1' } },
          allow: [other.host],
          forwardHeadersOnRedirect: true,
        };
        expect((await sendBuffered(options(origin, call).send)).status).toBe(method === 'GET' ? 200 : status);
      }
    }
    expect(other.requests).toHaveLength(5);
    for (const { headers, url, text } of other.requests)
      expect(JSON.stringify([headers, url, text])).not.toMatch(/SECRET|U0VDUkVU|dTpT/);
  });

  it('are refused by the guard as the caller’s address', async () => {
    const { origin } = await serve((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
    );
    await expect(sendBuffered(options(origin).send)).rejects.toMatchObject({
      code: 'base_url_override_not_allowed',
      status: 400,
    });
    await expect(
      sendBuffered(options(origin, { request: { baseUrlOverride: 'http://10.0.0.1' } }).send),
    ).rejects.toMatchObject({ code: 'base_url_override_not_allowed' });
    await expect(sendBuffered(options(origin, { proxy: { base_url: 'http://10.0.0.1' } }).send)).rejects.toMatchObject({
      code: 'egress_denied',
      status: 502,
    });
  });
});

it('keeps credentials out of lines and errors', async () => {
  const { origin } = await serve((request) => request.socket.destroy());
  const credentials = (): ProxyCredentials => ({ type: 'API_KEY', apiKey: 'SECRET-KEY-1' });
  const { send, lines } = options(origin, {
    credentials,
    proxy: { query: { key: '${apiKey}' }, headers: { 'x-key': '${apiKey}' } },
  });
  const error = await sendBuffered(send).catch((cause: Error) => cause);
  expect(JSON.stringify([lines, (error as Error).message, error])).not.toContain('SECRET-KEY-1');
  expect(lines).toHaveLength(1);
});

it('asks the governor before each attempt and tells it each answer', async () => {
  const { origin } = await serve((_request, response, count) => response.writeHead(count === 1 ? 429 : 200).end());
  const calls: string[] = [];
  const governor = {
    permit: async () => void calls.push('permit'),
    learn: ({ status }: { status: number }) => void calls.push(`learn ${status}`),
  };
  await sendBuffered(options(origin, { retries: 1, governor }).send);
  expect(calls).toEqual(['permit', 'learn 429', 'permit', 'learn 200']);
});
