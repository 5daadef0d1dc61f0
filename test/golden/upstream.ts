// The API that the captures were made against, as their README describes it. Every host of the outside is this one.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const upstreamHost = '203.0.113.10:13100';

export interface Upstream {
  url: string;
  close(): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  const server = createServer((request, response) => {
    // Nothing listens anywhere else.
    if (request.headers['x-original-host'] !== upstreamHost) return void request.socket.destroy();
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const { pathname, searchParams } = new URL(url, `http://${upstreamHost}`);
  const body = await text(request);
  const answer = (status: number, value: unknown, more: Record<string, string> = {}) => {
    const json = JSON.stringify(value);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
      ...more,
    });
    response.end(method === 'HEAD' ? undefined : json);
  };
  if (pathname === '/echo') {
    const greeting = { ok: true, path: '/echo', message: 'hello from the fake upstream api' };
    return answer(200, method === 'GET' || method === 'HEAD' ? greeting : { method, url, headers, body });
  }
  if (pathname === '/dump') return answer(200, { method, url, headers });
  if (pathname === '/status') {
    const code = Number(searchParams.get('code'));
    return answer(code, { error: `upstream says ${code}` });
  }
  if (pathname === '/items') {
    const page = Number(searchParams.get('page') ?? 1);
    const total = Number(searchParams.get('total') ?? 1);
    if (page > total) return answer(200, []);
    searchParams.set('page', String(page + 1));
    const next = page < total ? { link: `<http://${upstreamHost}/items?${searchParams}>; rel="next"` } : undefined;
    return answer(200, itemsOf(page), next);
  }
  return answer(404, { error: 'not found' });
}

const perPage = 100;

/** Rows as the functions' schema has them. */
function itemsOf(page: number): unknown[] {
  return Array.from({ length: perPage }, (_, i) => {
    const n = (page - 1) * perPage + i + 1;
    return {
      id: `item-${n}`,
      name: `Item ${n}`,
      email: `item${n}@example.com`,
      rev: 1,
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-02T00:00:00.000Z',
      status: n % 2 === 0 ? 'active' : 'archived',
      amount: n * 100,
      tags: ['a', 'b'],
      address: { street: `${n} Main Street`, city: 'Springfield', zip: '12345', country: 'US' },
      description: `The item number ${n}.`,
    };
  });
}
