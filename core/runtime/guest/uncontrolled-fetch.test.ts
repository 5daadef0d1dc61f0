import { ActionError } from '@syncline/functions';
import { describe, expect, it } from 'vitest';
import { createTestGuest, hostError } from './test-guest.ts';

const answer = (more: object = {}) => ({
  status: 200,
  statusText: 'OK',
  headers: { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] },
  url: 'https://a.example/end',
  redirected: true,
  ...more,
});
const guestWith = (result: object, body = '') => createTestGuest(() => ({ result, body }));

describe('uncontrolledFetch', () => {
  it('answers with a standard Response', async () => {
    const { nango, of } = guestWith(answer(), '{"a":1}');
    const url = new URL('https://a.example/start');
    const response: Response = await nango['uncontrolledFetch']({
      url,
      method: 'POST',
      headers: { A: 'b' },
      body: 'x',
    });
    expect(response).toBeInstanceOf(Response);
    expect(response).toMatchObject({ status: 200, ok: true, url: 'https://a.example/end', redirected: true });
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toEqual({ a: 1 });
    expect(of('uncontrolledFetch')[0]).toMatchObject({
      args: { url: url.href, method: 'POST', headers: { a: 'b' } },
      body: Buffer.from('x'),
    });
  });

  it.each([204, 205, 304, 598, 999])('has an answer of status %i', async (status) => {
    const response: Response = await guestWith(answer({ status })).nango['uncontrolledFetch']({
      url: 'https://a.example',
    });
    expect(response.status).toBe(status);
    expect(response.ok).toBe(status < 300);
    expect(await response.text()).toBe('');
  });

  it.each(['url_not_allowed', 'too_many_redirects', 'invalid_redirect'])('throws an ActionError: %s', async (code) => {
    const { nango } = createTestGuest(() => {
      throw hostError(code, { message: 'No.', status: 400 });
    });
    const error = await nango['uncontrolledFetch']({ url: 'http://10.0.0.1' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ActionError);
    expect(error.payload).toEqual({ code, message: 'No.' });
  });

  it('fails as fetch does when there is no answer', async () => {
    const { nango } = createTestGuest(() => {
      throw hostError('ECONNREFUSED');
    });
    const error = await nango['uncontrolledFetch']({ url: 'https://a.example' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'fetch failed', code: 'ECONNREFUSED', cause: { code: 'ECONNREFUSED' } });
  });
});

describe('the global fetch', () => {
  it('is the same, with the standard’s own arguments', async () => {
    const { of } = guestWith(answer(), 'hi');
    await fetch('https://a.example/?q=1', {
      method: 'post',
      body: new URLSearchParams({ a: '1' }),
      redirect: 'manual',
    });
    await fetch(new Request('https://a.example/', { headers: { 'X-A': 'b' } }));
    const [first, second] = of('uncontrolledFetch');
    expect(first).toMatchObject({
      args: {
        url: 'https://a.example/?q=1',
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      },
      body: Buffer.from('a=1'),
    });
    expect(second).toMatchObject({ args: { method: 'GET', headers: { 'x-a': 'b' } }, body: undefined });
  });

  it('stops waiting when its signal says so', async () => {
    createTestGuest(() => new Promise(() => {}));
    const stop = new AbortController();
    const waiting = fetch('https://a.example/', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(fetch('https://a.example/', { signal: stop.signal })).rejects.toThrow('enough');
  });
});
