import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../test-server.ts';
import { SynclineApiError } from './api-error.ts';
import { Syncline, version } from './index.ts';
import type { SynclineOptions } from './options.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.asked.length = 0;
  server.answers.length = 0;
});

const client = (options: Partial<SynclineOptions> = {}) =>
  new Syncline({ host: server.url, apiKey: 'key', ...options });
const unavailable = (headers: Record<string, string> = {}) => ({
  status: 503,
  headers: { 'content-type': 'application/json', ...headers },
  body: { error: { code: 'unavailable', message: 'Not now.' } },
});
const place = { providerConfigKey: 'crm', connectionId: 'acme' };

async function failure(call: Promise<unknown>): Promise<SynclineApiError> {
  const error = await call.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(SynclineApiError);
  return error as SynclineApiError;
}

describe('a call', () => {
  it('carries the key, the agent and the marks of its client', async () => {
    await client({ isScript: true, dryRun: true }).listIntegrations();
    expect(server.asked[0]).toMatchObject({
      method: 'GET',
      url: '/integrations',
      headers: { authorization: 'Bearer key', 'nango-is-script': 'true', 'nango-is-dry-run': 'true' },
    });
    expect(server.asked[0]!.headers['user-agent']).toMatch(`syncline-node/${version} (`);
    expect(server.asked[0]!.headers).not.toHaveProperty('nango-is-sync');
  });

  it('needs one key, under one of its names', () => {
    expect(() => new Syncline({})).toThrow(/key is needed/);
    expect(() => new Syncline({ apiKey: 'a', secretKey: 'b' })).toThrow(/either/);
    expect(new Syncline({ secretKey: 'b' })).toBeInstanceOf(Syncline);
  });

  it('does not show its key to whoever prints the client', async () => {
    const { inspect } = await import('node:util');
    const shown = inspect(client({ apiKey: 'sl_secret' }), { depth: 10, showHidden: true });
    expect(shown).not.toContain('sl_secret');
  });

  it('goes to the right path whatever a name is', async () => {
    await client().getProvider({ provider: 'a/b?c=#' });
    expect(server.asked[0]!.url).toBe('/providers/a%2Fb%3Fc%3D%23');
  });

  it.each(['', '.', '..'])('refuses the name %j, which would make another path of it', (name) => {
    expect(() => client().deleteFunction({ uniqueKey: 'github', name }, { type: 'action' })).toThrow(TypeError);
    expect(server.asked).toEqual([]);
  });

  it.each(['//evil.example/x', 'https://evil.example/x', '/\\evil.example', 'x'])(
    'does not carry the key to a status URL %j',
    (statusUrl) => {
      expect(() => client().getAsyncActionResult({ statusUrl })).toThrow(TypeError);
    },
  );
});

describe('a refusal', () => {
  it('is an error with what the API says, where code for axios looks too', async () => {
    const body = {
      error: {
        code: 'invalid_body',
        message: 'No.',
        hint: 'Do this.',
        request_id: 'r1',
        payload: { a: 1 },
        errors: [],
      },
    };
    server.answers.push({ status: 400, body });
    const error = await failure(client().listIntegrations());
    expect(error).toMatchObject({
      name: 'SynclineApiError',
      message: 'No.',
      status: 400,
      code: 'invalid_body',
      hint: 'Do this.',
      requestId: 'r1',
      payload: { a: 1 },
      body,
      isAxiosError: true,
      response: { status: 400, data: body },
      config: { method: 'GET', url: `${server.url}/integrations` },
    });
    expect(JSON.stringify(error)).not.toContain('key');
  });

  it('speaks of its problems when it has no message', async () => {
    const errors = [{ code: 'invalid_type', message: 'must be text', path: ['tags', 'team'] }];
    server.answers.push({ status: 400, body: { error: { code: 'invalid_body', errors } } });
    expect(await failure(client().listIntegrations())).toMatchObject({ message: 'tags.team: must be text', errors });
  });

  it('of something in between has a general code, and its text', async () => {
    server.answers.push({ status: 502, body: '<html>Bad gateway</html>' });
    expect(await failure(client().listIntegrations())).toMatchObject({
      code: 'ERR_BAD_RESPONSE',
      message: 'Request failed with status code 502',
      body: '<html>Bad gateway</html>',
    });
  });

  it('of an upstream is not taken for one of ours, though it looks like it', async () => {
    server.answers.push({ status: 404, headers: { 'x-request-id': 'theirs' }, body: { error: { code: 'not_found' } } });
    expect(await failure(client().get({ ...place, endpoint: '/x' }))).toMatchObject({
      code: 'ERR_BAD_REQUEST',
      status: 404,
      response: { data: { error: { code: 'not_found' } } },
    });
    server.answers[0] = {
      status: 424,
      headers: { 'x-syncline-error': '1' },
      body: { error: { code: 'needs_reauth' } },
    };
    expect(await failure(client().get({ ...place, endpoint: '/x' }))).toMatchObject({ code: 'needs_reauth' });
  });
});

describe('without an answer', () => {
  it('the error has the network’s code and no response', async () => {
    const closed = await startTestServer();
    await closed.close();
    const error = await failure(client({ host: closed.url }).listIntegrations());
    expect(error).toMatchObject({ code: 'ECONNREFUSED', status: undefined, response: undefined });
    expect(error.message).toContain(closed.url);
  });

  it('a call ends after its time, also one that reads slowly', async () => {
    server.answers.push({});
    const error = await failure(client().with({ timeoutMs: 60 }).listIntegrations());
    expect(error).toMatchObject({ code: 'ETIMEDOUT', message: 'No answer within 60 ms.' });
  });

  it('a call ends with the signal, and throws its reason', async () => {
    server.answers.push({});
    const controller = new AbortController();
    const call = client({ signal: controller.signal }).listIntegrations();
    controller.abort(new Error('Gone.'));
    await expect(call).rejects.toThrow('Gone.');
  });

  it('a redirect is not followed: the key would go along', async () => {
    server.answers.push({ status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' });
    const error = await failure(client().listIntegrations());
    expect(error.message).toMatch(/redirect/);
    expect(server.asked).toHaveLength(1);
  });
});

describe('repeats', () => {
  it('a read that is refused for now, when the server says, and not oftener than told', async () => {
    server.answers.push(unavailable({ 'retry-after': '0' }), unavailable({ 'retry-after': '0' }), {
      body: { data: [1] },
    });
    expect(await client().listIntegrations()).toEqual({ configs: [1] });
    expect(server.asked).toHaveLength(3);

    server.asked.length = 0;
    server.answers.splice(0, 1, unavailable({ 'retry-after': '0' }));
    expect(await failure(client({ maxRetries: 1 }).listIntegrations())).toMatchObject({ status: 503, retryAfterMs: 0 });
    expect(server.asked).toHaveLength(2);
  });

  it.each<[string, (syncline: Syncline) => Promise<unknown>]>([
    ['a trigger', (syncline) => syncline.triggerAction('crm', 'acme', 'pay')],
    ['a deletion', (syncline) => syncline.deleteConnection('crm', 'acme')],
    ['a write', (syncline) => syncline.setEnvironmentVariable('A', 'b')],
  ])('never %s', async (_what, call) => {
    server.answers.push(unavailable({ 'retry-after': '0' }));
    await failure(call(client()));
    expect(server.asked).toHaveLength(1);
  });

  it('no wait that is longer than the call may take', async () => {
    server.answers.push(unavailable({ 'retry-after': '30' }));
    const error = await failure(client({ timeoutMs: 5_000 }).listIntegrations());
    expect(error).toMatchObject({ code: 'unavailable', retryAfterMs: 30_000 });
    expect(server.asked).toHaveLength(1);
  });

  it('no answer of an upstream: the proxy has repeats of its own', async () => {
    server.answers.push({ status: 429, headers: { 'retry-after': '0' }, body: {} });
    await failure(client().get({ ...place, endpoint: '/x' }));
    expect(server.asked).toHaveLength(1);
  });
});
