import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let test: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  test = await openTestApp('connect_page');
  tenant = await test.tenant();
});
afterAll(() => test.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  tenant.call('GET', path, { headers: { authorization: '', ...headers } });

async function makeToken(body: object = {}): Promise<string> {
  const response = await tenant.call('POST', '/connect/sessions', { body: { end_user: { id: 'u' }, ...body } });
  return ((await response.json()) as { data: { token: string } }).data.token;
}

const policyOf = (response: Response) =>
  Object.fromEntries(
    (response.headers.get('content-security-policy') ?? '')
      .split('; ')
      .map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1).join(' ')]),
  );

describe('the page', () => {
  it.each(['/connect', '/connect/'])(
    'is there for everybody at %s, and runs nothing but its own files',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(policyOf(response)).toMatchObject({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'connect-src': "'self' ws://localhost:3003",
        'frame-ancestors': '*',
      });
      const html = await response.text();
      expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?:/);
    },
  );

  it('may be framed by the pages that the environment of a named session allows', async () => {
    const origins = ['https://app.example', 'not an origin; script-src *'];
    await tenant.env.transaction((tx) =>
      tx.execute(sql`UPDATE environments SET settings = ${JSON.stringify({ connect: { origins } })}::jsonb`),
    );
    const token = await makeToken();
    expect(policyOf(await get(`/connect/?session_token=${token}`))['frame-ancestors']).toBe(
      "'self' https://app.example",
    );
    const unknown = `nango_connect_session_${'0'.repeat(64)}`;
    expect(policyOf(await get(`/connect/?session_token=${unknown}`))['frame-ancestors']).toBe('*');
    const session = await tenant.call('GET', '/connect/session', { headers: { authorization: `Bearer ${token}` } });
    expect(await session.json()).toMatchObject({ data: { allowed_origins: origins } });
  });
});

describe('its files', () => {
  it('are named by their content, kept for a year, and sent small', async () => {
    const html = await (await get('/connect/')).text();
    const paths = [...html.matchAll(/"(\/connect\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    expect(paths.map((path) => path.replace(/-[0-9a-f]{16}/, ''))).toEqual([
      '/connect/assets/page.css',
      '/connect/assets/page.js',
    ]);
    let sizeBytes = Buffer.byteLength(html);
    for (const path of paths) {
      const plain = Buffer.from(await (await get(path)).arrayBuffer());
      const br = await get(path, { 'accept-encoding': 'gzip, deflate, br' });
      const zipped = await get(path, { 'accept-encoding': 'gzip, br;q=0' });
      expect([br, zipped].map(({ headers }) => headers.get('content-encoding'))).toEqual(['br', 'gzip']);
      expect(br.headers.get('cache-control')).toContain('immutable');
      const compressed = Buffer.from(await br.arrayBuffer());
      expect(brotliDecompressSync(compressed).equals(plain)).toBe(true);
      expect(gunzipSync(Buffer.from(await zipped.arrayBuffer())).equals(plain)).toBe(true);
      sizeBytes += compressed.length;
      if (path.endsWith('.css')) expect(plain.length).toBeLessThan(15_000);
    }
    expect(sizeBytes).toBeLessThan(120_000);
  });

  it('are not found under any other name', async () => {
    for (const name of ['page.js', 'page-0000000000000000.js', '..%2Fpage.css', 'main.tsx'])
      expect((await get(`/connect/assets/${name}`)).status).toBe(404);
  });
});

describe('GET /connect/session/integrations', () => {
  const list = async (token: string) => {
    const response = await tenant.call('GET', '/connect/session/integrations', {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: response.status, body: (await response.json()) as { data: Record<string, unknown>[] } };
  };

  it('gives what the session may connect, with forms that hold nothing of its defaults', async () => {
    const desk = {
      provider: 'zendesk',
      unique_key: 'desk',
      credentials: { type: 'OAUTH2', client_id: 'a', client_secret: 'b' },
    };
    expect((await tenant.call('POST', '/integrations', { body: desk })).status).toBe(200);
    const all = await list(await makeToken());
    expect(all.body.data.map(({ unique_key }) => unique_key)).toEqual(['desk']); // the provider of `crm` is in no catalogue
    expect(all.body.data[0]).toMatchObject({
      display_name: 'Zendesk',
      scopes: ['read'],
      form: { kind: 'popup', endpoint: '/oauth/connect', fields: [{ name: 'subdomain', suffix: '.zendesk.com' }] },
    });
    const integrations_config_defaults = {
      desk: { connection_config: { subdomain: 'acme', oauth_scopes_override: 'a,b' } },
    };
    const one = await list(await makeToken({ allowed_integrations: ['desk'], integrations_config_defaults }));
    expect(one.body.data).toMatchObject([{ unique_key: 'desk', scopes: ['a', 'b'], form: { fields: [] } }]);
    expect(JSON.stringify(one.body)).not.toContain('acme');
  });

  it('is no route for keys', async () => {
    expect((await list(tenant.key)).status).toBe(401);
  });
});
