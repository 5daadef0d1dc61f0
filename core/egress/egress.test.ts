import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress, type Egress, type EgressOptions } from './egress.ts';
import { readBody } from './read-body.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers every connection with the given bytes, then ends it. */
async function serveBytes(bytes: Buffer | string): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytes));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function egressFor(allow: string[], options: Partial<EgressOptions> = {}): Egress {
  const egress = createEgress({ allow, env: 'production', ...options });
  closers.push(() => egress.close());
  return egress;
}

const get = (egress: Egress, url: string) => egress.request({ url, method: 'GET', purpose: 'test' });

describe('the guard', () => {
  it('reaches a listed host:port and hands back the answer', async () => {
    const host = await serve((request, response) =>
      response.writeHead(201, { 'x-seen': `${request.method} ${request.url}`, 'set-cookie': ['a=1', 'b=2'] }).end('hi'),
    );
    const answer = await egressFor([host]).request({
      url: `http://${host}/a%2Fb/?q=a%20b`,
      method: 'POST',
      body: 'x',
      purpose: 'test',
    });
    expect(answer.status).toBe(201);
    expect(answer.statusText).toBe('Created');
    expect(answer.headers).toMatchObject({ 'x-seen': 'POST /a%2Fb/?q=a%20b', 'set-cookie': ['a=1', 'b=2'] });
    expect((await readBody(answer)).toString()).toBe('hi');
  });

  it('never lets a spelling of a private address reach the canary', async () => {
    let hits = 0;
    const host = await serve((_request, response) => {
      hits++;
      response.end();
    });
    const port = host.split(':')[1];
    const egress = egressFor(['203.0.113.7:1', `*:${port}`]);
    const spellings = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '127.0.0.1.',
      '１２７.0.0.1',
      '[::ffff:127.0.0.1]',
      '[::1]',
      '[::]',
      '0.0.0.0',
      '0',
      'localhost',
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
    ];
    for (const spelling of spellings) {
      await expect(get(egress, `http://${spelling}:${port}/`), spelling).rejects.toMatchObject({
        code: expect.stringMatching(/egress_denied|ENOTFOUND|EAI_AGAIN/),
      });
    }
    expect(hits).toBe(0);
  });

  it('refuses a name when any of its addresses is private, and a resolver that flips', async () => {
    const host = await serve((_request, response) => response.end());
    const port = Number(host.split(':')[1]);
    const answers = [['93.184.216.34', '127.0.0.1'], ['127.0.0.1'], ['::ffff:127.0.0.1']];
    const egress = egressFor([`*:${port}`], {
      resolve: (_name, done) =>
        done(
          null,
          (answers.shift() ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        ),
    });
    for (let n = 0; n < 4; n++)
      await expect(get(egress, `http://rebind.example:${port}/`)).rejects.toMatchObject({
        code: 'egress_denied',
        status: 502,
      });
  });

  it('connects to the address it has checked, without a second look-up', async () => {
    const host = await serve((_request, response) => response.end('ok'));
    let lookups = 0;
    const egress = egressFor(['127.0.0.0/8'], {
      resolve: (_name, done) => {
        lookups++;
        done(null, [{ address: '127.0.0.1', family: 4 }]);
      },
    });
    const answer = await get(egress, `http://intern.example:${host.split(':')[1]}/`);
    expect((await readBody(answer)).toString()).toBe('ok');
    expect(lookups).toBe(1);
  });

  it('refuses other ports of public addresses, and other schemes', async () => {
    const egress = egressFor([]);
    await expect(get(egress, 'http://93.184.216.34:22/')).rejects.toMatchObject({ code: 'egress_denied' });
    await expect(get(egress, 'ftp://example.com/')).rejects.toMatchObject({ code: 'egress_denied' });
    await expect(get(egress, 'not a url')).rejects.toMatchObject({ code: 'egress_denied' });
  });

  it('does not follow redirects', async () => {
    const host = await serve((_request, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    );
    expect((await get(egressFor([host]), `http://${host}/`)).status).toBe(302);
  });
});

describe('the test hook', () => {
  it('sends everything to one origin and names the wanted host and the session', async () => {
    const host = await serve((request, response) =>
      response.end(JSON.stringify({ url: request.url, headers: request.headers })),
    );
    const egress = egressFor([], { to: `http://${host}`, env: 'test' });
    const answer = await egress.request({
      url: 'https://API.example.com:8443/v1/x?y=1',
      method: 'GET',
      headers: { authorization: 'Bearer t', host: 'evil' },
      session: 'conn-1',
      purpose: 'test',
    });
    const seen = JSON.parse((await readBody(answer)).toString());
    expect(seen).toMatchObject({
      url: '/v1/x?y=1',
      headers: {
        host,
        authorization: 'Bearer t',
        'x-original-host': 'api.example.com:8443',
        'x-replay-session': 'conn-1',
      },
    });
  });

  it('still refuses internal addresses that the caller of a request named, but no name and no documentation range', async () => {
    const host = await serve((_request, response) => response.end());
    const egress = egressFor(['127.0.0.1:4010'], { to: `http://${host}`, env: 'test' });
    const ask = (url: string, untrustedHost = true) =>
      egress.request({ url, method: 'GET', purpose: 'test', untrustedHost });
    for (const url of ['http://127.0.0.1:13100/', 'http://169.254.169.254/', 'http://10.0.0.1/', 'http://[::1]/'])
      await expect(ask(url)).rejects.toMatchObject({ code: 'egress_denied' });
    for (const url of ['http://203.0.113.10:13100/', 'http://api.example.com/', 'http://127.0.0.1:4010/'])
      expect((await ask(url)).status).toBe(200);
    expect((await ask('http://127.0.0.1:13100/', false)).status).toBe(200);
  });

  it('is ignored outside of tests', async () => {
    const host = await serve((_request, response) => response.end());
    const egress = egressFor([], { to: `http://${host}`, env: 'production' });
    await expect(get(egress, 'http://10.0.0.1/')).rejects.toMatchObject({ code: 'egress_denied' });
  });
});

describe('failures', () => {
  it('keeps the codes of the network', async () => {
    const host = await serveBytes('');
    await expect(get(egressFor([host]), `http://${host}/`)).rejects.toMatchObject({
      code: 'UND_ERR_SOCKET',
      opened: true,
    });
    await expect(get(egressFor(['127.0.0.1:1']), 'http://127.0.0.1:1/')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      opened: false,
      status: 500,
    });
  });

  it('times out on a silent server with 504', async () => {
    const host = await serve(() => undefined);
    const request = egressFor([host]).request({
      url: `http://${host}/`,
      method: 'GET',
      purpose: 'test',
      timeouts: { totalMs: 50 },
    });
    await expect(request).rejects.toMatchObject({ code: 'ETIMEDOUT', status: 504, opened: true });
  });

  it('calls what is not HTTP a protocol error', async () => {
    const host = await serveBytes('SSH-2.0-OpenSSH_9\r\n\r\n');
    await expect(get(egressFor([host]), `http://${host}/`)).rejects.toMatchObject({
      code: 'upstream_protocol_error',
      status: 502,
    });
  });

  const body = Buffer.from(JSON.stringify(Array.from({ length: 60 }, (_, id) => ({ id, name: `row ${id}` }))));
  const compressed = gzipSync(body);
  const chunked = Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
  const forms: [string, Buffer, number][] = [
    [
      'content-length',
      Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`), body]),
      0,
    ],
    [
      'content-length, close',
      Buffer.concat([
        Buffer.from(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`),
        body,
      ]),
      0,
    ],
    ['chunked', Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'), chunked]), 0],
    [
      'chunked, close',
      Buffer.concat([
        Buffer.from('HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n'),
        chunked,
      ]),
      0,
    ],
    [
      'gzip, ended by close',
      Buffer.concat([
        Buffer.from('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip\r\n\r\n'),
        compressed,
      ]),
      compressed.length,
    ],
  ];
  it.each(forms)('never accepts a cut answer: %s', async (_form, whole, cutOnlyInBody) => {
    const from = cutOnlyInBody > 0 ? whole.length - cutOnlyInBody + 1 : 1;
    for (let at = from; at < whole.length; at += cutOnlyInBody > 0 ? 10 : 100) {
      const host = await serveBytes(whole.subarray(0, at));
      const read = get(egressFor([host]), `http://${host}/`).then((answer) => readBody(answer));
      await expect(read, `cut at ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/UND_ERR_SOCKET|ECONNRESET|upstream_protocol_error/),
      });
    }
    const host = await serveBytes(whole);
    expect(await readBody(await get(egressFor([host]), `http://${host}/`))).toEqual(body);
  });

  it('caps bytes whether the length is told or not', async () => {
    const host = await serve((request, response) => {
      if (request.url === '/told') response.setHeader('content-length', 2000);
      response.write(Buffer.alloc(1000));
      response.end(Buffer.alloc(1000));
    });
    const egress = egressFor([host]);
    const capped = (path: string) =>
      egress
        .request({ url: `http://${host}${path}`, method: 'GET', purpose: 'test', maxBytes: 1500 })
        .then((answer) => readBody(answer));
    await expect(capped('/told')).rejects.toMatchObject({ code: 'response_too_large', status: 502 });
    await expect(capped('/untold')).rejects.toMatchObject({ code: 'response_too_large', status: 502 });
    expect(await readBody(await get(egress, `http://${host}/untold`))).toHaveLength(2000);
  });
});
