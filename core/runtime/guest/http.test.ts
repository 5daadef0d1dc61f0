import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createTestGuest, hostError } from './test-guest.ts';

const answer = (more: object = {}) => ({
  status: 200,
  statusText: 'OK',
  headers: { 'content-type': 'text/html' },
  url: 'https://api.example/contacts?page=1',
  ...more,
});

function guestWith(result: object, body: Buffer | string = '') {
  return createTestGuest(() => ({ result, body }));
}

async function caught(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  return error as Error & Record<string, unknown> & { response?: { data: unknown; status: number }; toJSON(): object };
}

describe('what is sent', () => {
  it('has the method of its name, whatever the config says', async () => {
    const { nango, of } = guestWith(answer());
    for (const name of ['get', 'post', 'put', 'patch', 'delete']) await nango[name]({ endpoint: '/a', method: 'HEAD' });
    await nango['proxy']({ endpoint: '/a' });
    await nango['proxy']({ endpoint: '/a', method: 'patch' });
    expect(of('http').map(({ args }) => args['method'])).toEqual([
      'GET',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'GET',
      'PATCH',
    ]);
  });

  it('crosses with its retry wishes, headers and parameters, and without what means nothing here', async () => {
    const { nango, of } = guestWith(answer());
    await nango['get']({
      endpoint: '/a',
      params: { page: 1, since: new Date(0), gone: undefined, tags: ['a', 'b'] },
      headers: { 'x-a': 1, 'x-b': undefined, 'x-c': null },
      retries: 3,
      retryOn: [404],
      retryHeader: { at: 'x-reset', after: ['x-wait'] },
      decompress: true,
      responseType: 'text',
      data: { ignored: true },
    });
    expect(of('http')[0]).toEqual({
      method: 'http',
      args: {
        endpoint: '/a',
        method: 'GET',
        params: { page: 1, since: '1970-01-01T00:00:00.000Z', tags: ['a', 'b'] },
        headers: { 'x-a': 1 },
        retries: 3,
        retryOn: [404],
        retryHeader: { at: 'x-reset', after: ['x-wait'] },
      },
      body: undefined,
    });
  });

  it.each<[unknown, string, string]>([
    [{ a: 1 }, '{"a":1}', 'application/json'],
    [[1, 2], '[1,2]', 'application/json'],
    ['a=1&b=2', 'a=1&b=2', 'application/x-www-form-urlencoded'],
    [new URLSearchParams({ a: '1' }), 'a=1', 'application/x-www-form-urlencoded'],
    [Buffer.from('bytes'), 'bytes', 'application/octet-stream'],
  ])('has a body of %j for DELETE too', async (data, text, contentType) => {
    const { nango, of } = guestWith(answer());
    await nango['delete']({ endpoint: '/a', data });
    expect(String(of('http')[0]!.body)).toBe(text);
    expect(of('http')[0]!.args['contentType']).toBe(contentType);
  });

  it('is refused when it has no endpoint or does not fit through the pipe', async () => {
    const { nango, asked } = guestWith(answer());
    expect((await caught(nango['get']({}))).message).toContain('endpoint');
    const huge = Buffer.alloc(61 * 1024 * 1024);
    expect(await caught(nango['post']({ endpoint: '/a', data: huge }))).toMatchObject({ code: 'request_too_large' });
    expect(asked).toHaveLength(0);
  });
});

describe('an answer', () => {
  it('is JSON whatever its content type says, and text when it does not parse', async () => {
    const get = async (body: Buffer | string) =>
      (await guestWith(answer(), body).nango['get']({ endpoint: '/a' })).data;
    expect(await get('{"id":9007199254740993}')).toEqual({ id: 9007199254740992 });
    expect(await get('\uFEFF[1]')).toEqual([1]);
    expect(await get('<html>')).toBe('<html>');
    expect(await get('')).toBe('');
  });

  it('comes in the type that was asked for', async () => {
    const get = async (responseType: string) =>
      (await guestWith(answer(), '{"a":1}').nango['get']({ endpoint: '/a', responseType })).data;
    expect(await get('text')).toBe('{"a":1}');
    expect(await get('document')).toBe('{"a":1}');
    expect(await get('json')).toEqual({ a: 1 });
    const bytes = await get('arraybuffer');
    expect(Buffer.isBuffer(bytes) && bytes.toString()).toBe('{"a":1}');
    const stream = await get('stream');
    expect(stream).toBeInstanceOf(Readable);
    expect(await stream.toArray()).toEqual([Buffer.from('{"a":1}')]);
    expect(await (await get('blob')).text()).toBe('{"a":1}');
  });

  it('has lower-case headers, repeated ones joined, cookies as a list even when there is one', async () => {
    const headers = { link: ['<a>; rel=next', '<b>; rel=last'], 'set-cookie': 'a=1', etag: 'x' };
    const response = await guestWith(answer({ headers })).nango['get']({ endpoint: '/a' });
    expect(response.headers).toEqual({ link: '<a>; rel=next, <b>; rel=last', 'set-cookie': ['a=1'], etag: 'x' });
    expect(response).toMatchObject({ status: 200, statusText: 'OK', config: { method: 'get', url: answer().url } });
    expect(response.request).toEqual({ url: answer().url, method: 'GET' });
  });
});

describe('an error', () => {
  it('is axios-shaped for every status outside 200-299', async () => {
    for (const [status, code] of [
      [404, 'ERR_BAD_REQUEST'],
      [302, 'ERR_BAD_REQUEST'],
      [500, 'ERR_BAD_RESPONSE'],
    ] as const) {
      const { nango } = guestWith(answer({ status, statusText: 'No' }), '{"error":"gone"}');
      const error = await caught(nango['post']({ endpoint: '/a', data: { a: 1 }, headers: { 'x-a': 'b' } }));
      expect(error).toMatchObject({
        name: 'AxiosError',
        isAxiosError: true,
        message: `Request failed with status code ${status}`,
        code,
        status,
        response: { status, statusText: 'No', data: { error: 'gone' }, headers: { 'content-type': 'text/html' } },
        config: { method: 'post', url: answer().url, data: { a: 1 }, headers: { 'x-a': 'b' } },
      });
      expect(error.toJSON()).toMatchObject({ message: error.message, name: 'AxiosError', code, status });
      expect(JSON.stringify(error)).not.toContain('gone');
    }
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'UND_ERR_SOCKET'])(
    'has no response when there was no answer: %s',
    async (code) => {
      const { nango } = createTestGuest(() => {
        throw hostError(code, { message: `connect ${code}`, status: 500 });
      });
      const error = await caught(nango['get']({ endpoint: '/a' }));
      expect(error).toMatchObject({ isAxiosError: true, code, message: `connect ${code}`, response: undefined });
      expect(error['status']).toBeUndefined();
    },
  );

  it('of a refusal of ours has our code, and the answer that the proxy gives', async () => {
    const payload = { reason: 'needs_reauth' };
    const { nango } = createTestGuest(() => {
      throw hostError('connection_refresh_exhausted', { message: 'No.', status: 424, payload });
    });
    const error = await caught(nango['get']({ endpoint: '/a' }));
    expect(error).toMatchObject({
      isAxiosError: true,
      code: 'connection_refresh_exhausted',
      status: 424,
      payload,
      response: {
        status: 424,
        headers: { 'x-syncline-error': '1' },
        data: { error: { code: 'connection_refresh_exhausted', message: 'No.', payload } },
      },
    });
  });
});
