import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress } from './egress.ts';
import { withFetchContext } from './fetch-context.ts';
import { fetchUncontrolled } from './fetch-uncontrolled.ts';
import { installGlobalFetch } from './global-fetch.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () =>
    response.end(
      JSON.stringify({
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      }),
    ),
  );
};

function install(allow: string[], hook?: { to: string }): void {
  const egress = createEgress({ allow, env: hook ? 'test' : 'production', ...hook });
  const restore = installGlobalFetch(egress);
  closers.push(() => egress.close(), restore);
}

describe('the global fetch', () => {
  it('passes a listed host, as URL, string or Request, and decodes', async () => {
    const host = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('hello')),
    );
    install([host]);
    expect(await (await fetch(`http://${host}/`)).text()).toBe('hello');
    expect(await (await fetch(new Request(`http://${host}/`, { method: 'POST', body: 'x' }))).text()).toBe('hello');
  });

  it('refuses private addresses', async () => {
    const host = await serve(echo);
    install([]);
    await expect(fetch(`http://${host}/`)).rejects.toMatchObject({ cause: { code: 'egress_denied' } });
    await expect(fetch('http://localhost/')).rejects.toMatchObject({ cause: { code: 'egress_denied' } });
  });

  it('returns a redirect instead of following it, even when asked to', async () => {
    const host = await serve((_request, response) =>
      response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    );
    install([host]);
    const answer = await fetch(
      new Request(`http://${host}/`, { redirect: 'follow', method: 'POST', body: 'refresh_token=r' }),
      { redirect: 'follow' },
    );
    expect(answer.status).toBe(307);
    expect(answer.headers.get('location')).toBe('http://127.0.0.1:1/');
  });

  it('shows the raw answer to the context before the caller has it', async () => {
    const host = await serve((_request, response) => response.writeHead(200).end('{"access_token":"t"}'));
    install([host]);
    const order: string[] = [];
    await withFetchContext(
      {
        purpose: 'token',
        onRawAnswer: async ({ status, bytes }) => {
          order.push(`${status} ${Buffer.from(bytes)}`);
        },
      },
      async () => {
        await (await fetch(`http://${host}/`)).json();
        order.push('parsed');
      },
    );
    expect(order).toEqual(['200 {"access_token":"t"}', 'parsed']);
  });

  it('goes through the test hook with host and session', async () => {
    const host = await serve(echo);
    install([], { to: `http://${host}` });
    const seen = await withFetchContext({ purpose: 'token', session: 'conn-9' }, async () =>
      (await fetch('https://login.example.com/token', { method: 'POST', body: 'a=1' })).json(),
    );
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/token',
      body: 'a=1',
      headers: { 'x-original-host': 'login.example.com', 'x-replay-session': 'conn-9' },
    });
  });
});

describe('uncontrolledFetch', () => {
  it('turns POST into GET on 302 and drops headers on another origin', async () => {
    const other = await serve(echo);
    const host = await serve((_request, response) =>
      response.writeHead(302, { location: `http://${other}/end` }).end(),
    );
    const egress = createEgress({ allow: [host, other], env: 'production' });
    closers.push(() => egress.close());
    const answer = await fetchUncontrolled({
      egress,
      url: new URL(`http://${host}/`),
      method: 'POST',
      body: 'x',
      headers: {
        Authorization: 'Bearer s',
        Cookie: 'c=1',
        'X-Api-Key': 'k',
        'Content-Type': 'text/plain',
        Accept: 'text/html',
      },
    }); // prettier-ignore
    const seen = JSON.parse(answer.body.toString());
    expect(seen).toMatchObject({ method: 'GET', url: '/end', body: '' });
    expect(Object.keys(seen.headers).sort()).toEqual(['accept', 'connection', 'host']);
    expect(answer).toMatchObject({ url: `http://${other}/end`, redirected: true });
  });

  it('names its refusals', async () => {
    const host = await serve((request, response) =>
      response.writeHead(302, { location: request.url === '/bad' ? 'ftp://x/' : '/again' }).end(),
    );
    const egress = createEgress({ allow: [host], env: 'production' });
    closers.push(() => egress.close());
    const code = (url: string) => fetchUncontrolled({ egress, url }).catch((error) => error.payload.code);
    expect(await code('http://169.254.169.254/')).toBe('url_not_allowed');
    expect(await code('nonsense')).toBe('url_not_allowed');
    expect(await code(`http://${host}/`)).toBe('too_many_redirects');
    expect(await code(`http://${host}/bad`)).toBe('invalid_redirect');
  });
});
