import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let test: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  test = await openTestApp('connect_settings');
  tenant = await test.tenant();
});
afterAll(() => test.close());

const path = '/connect/settings';
const change = async (body: object) => {
  const response = await tenant.call('PATCH', path, { body });
  return { status: response.status, ...((await response.json()) as { data: object; error?: { errors?: object[] } }) };
};
const read = async () => ((await (await tenant.call('GET', path)).json()) as { data: object }).data;

const defaults = {
  strict: false,
  session_minutes: 30,
  origins: null,
  callback_url: null,
  ui: { show_watermark: true, default_theme: 'system', primary_light: null, primary_dark: null },
};

it('changes what is named and nothing else, and goes back to defaults', async () => {
  expect(await read()).toEqual(defaults);
  const ui = { show_watermark: false, primary_light: '#0a7' };
  expect(await change({ origins: ['https://app.example'], ui })).toMatchObject({ status: 200 });
  await Promise.all([change({ session_minutes: 20 }), change({ strict: true })]);
  expect(await read()).toEqual({
    strict: true,
    session_minutes: 20,
    origins: ['https://app.example'],
    callback_url: null,
    ui: { ...defaults.ui, ...ui },
  });
  const made = await tenant.call('POST', '/connect/sessions', { body: { end_user: { id: 'u' } } });
  const { token } = ((await made.json()) as { data: { token: string } }).data;
  const session = await tenant.call('GET', '/connect/session', { headers: { authorization: `Bearer ${token}` } });
  expect(await session.json()).toMatchObject({
    data: { connectUISettings: { showWatermark: false, theme: { light: { primary: '#0a7' } } } },
  });
  expect((await change({ strict: null, session_minutes: null, origins: null, ui: null })).data).toEqual(defaults);
});

it.each([
  ['an address instead of an origin', { origins: ['https://app.example/'] }, ['origins', '0']],
  ['a wildcard', { origins: ['https://*.example'] }, ['origins', '0']],
  ['a policy', { origins: ['https://a.example;script-src'] }, ['origins', '0']],
  ['another scheme', { origins: ['javascript:alert(1)'] }, ['origins', '0']],
  ['more than a colour', { ui: { primary_dark: '#fff;}' } }, ['ui', 'primary_dark']],
  ['a session without end', { session_minutes: 100_000 }, ['session_minutes']],
  ['an unknown setting', { bogus: 1 }, []],
])('refuses %s, naming the place', async (_case, body, at) => {
  const { status, error } = await change(body);
  expect(status).toBe(400);
  expect(error?.errors).toContainEqual(expect.objectContaining({ path: at }));
});

it('needs a scope of its own', async () => {
  const authorization = `Bearer ${await tenant.keyWith('connect_settings:read')}`;
  expect((await tenant.call('GET', path, { headers: { authorization } })).status).toBe(200);
  expect((await tenant.call('PATCH', path, { body: {}, headers: { authorization } })).status).toBe(403);
});
