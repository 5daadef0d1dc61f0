// Accounts connected in a real browser by the published client and by ours: popup, consent, refusals, forms, lost sockets.
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { Syncline } from '@syncline/frontend';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ClickedCall, ClientName } from './app-page.ts';
import { type AppServer, startAppServer } from './app-server.ts';
import { type OpenBrowser, openBrowser } from './chromium.ts';
import { startCutLine } from './cut-line.ts';
import type { SharedSystem } from './join-system.ts';
import { joinOAuthSystem, type OAuthSystem } from './oauth-system.ts';
import { waitFor } from './wait-for.ts';

declare module 'vitest' {
  interface ProvidedContext {
    frontendClients: ClientName[];
  }
}
/** Ours in `npm test`, the published one in `npm run chaos`: vitest.config.ts. */
const clients = inject('frontendClients');

const html =
  '<!doctype html><title>An app</title><button>Connect</button><script type="module" src="/page.js"></script>';

let world: OAuthSystem<SharedSystem>;
let app: AppServer;
let chromium: OpenBrowser;
let page: Page;

beforeAll(async () => {
  const starting = joinOAuthSystem('frontend');
  app = await startAppServer({ source: join(import.meta.dirname, 'app-page.ts'), html });
  chromium = await openBrowser();
  world = await starting;
  for (const provider of ['simulator-api-key', 'simulator-basic'])
    await world.nango.createIntegration({ provider, unique_key: provider });
});
beforeEach(async () => {
  world.system.simulator.oauth.reset();
  page = await chromium.blankPage();
});
afterAll(async () => {
  await chromium?.close();
  app?.close();
  await world?.end();
});

const at = () => ({ base_url: world.system.simulator.url });

type Wish = Partial<ClickedCall> & { client: ClientName };

async function complete(call: Wish): Promise<ClickedCall> {
  const token = call.token ?? (await world.makeSession());
  const options = { params: at(), ...call.options };
  return { host: world.system.url, method: 'auth', integration: 'sim', ...call, token, options };
}

/** Clicks the app's button. */
async function click(call: Wish): Promise<void> {
  const whole = await complete(call);
  await page.goto(app.url);
  await page.evaluate((wanted) => {
    window.call = wanted;
  }, whole);
  await page.click('button');
}

/** The same, and the popup once it shows the consent page. */
async function clickToConsent(call: Wish): Promise<Page> {
  const [popup] = await Promise.all([page.waitForEvent('popup'), click(call)]);
  await popup.getByRole('button', { name: 'Allow' }).waitFor();
  return popup;
}

const outcome = (on: Page = page) => on.evaluate(() => window.outcome);

/** Its time can be put forward. */
async function newClockedPage(): Promise<Page> {
  const clocked = await chromium.newPage();
  await clocked.clock.install();
  return clocked;
}

const isSettled = () =>
  page.evaluate(() =>
    Promise.race([window.outcome.then(() => true), new Promise((end) => setTimeout(end, 100, false))]),
  );

describe.each(clients)('%s', (client) => {
  it('connects an account in a popup, which closes itself', async () => {
    const popup = await clickToConsent({ client });
    const [account] = await Promise.all([
      outcome(),
      popup.waitForEvent('close'),
      popup.getByRole('button', { name: 'Allow' }).click(),
    ]);
    expect(account).toEqual({
      providerConfigKey: 'sim',
      connectionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      isPending: false,
    });
    const { credentials, end_user } = await world.readConnection('sim', account['connectionId']);
    expect([credentials['type'], end_user?.id]).toEqual(['OAUTH2', 'user-1']);
  });

  it('says what the provider said when the user denies, and leaves it to be read in the popup', async () => {
    const popup = await clickToConsent({ client });
    await popup.getByRole('button', { name: 'Deny' }).click();
    expect(await outcome()).toMatchObject({ type: 'callback_err', message: expect.stringContaining('access_denied') });
  });

  it('says when the popup was closed', async () => {
    const popup = await clickToConsent({ client, options: { detectClosedAuthWindow: true } });
    await popup.close();
    expect(await outcome()).toMatchObject({ type: 'window_closed' });
  });

  it('sends scopes, parameters and another app along', async () => {
    world.system.simulator.oauth.set({ clients: [{ clientId: 'own', clientSecret: 'own-secret' }] });
    const options = {
      user_scope: ['a', 'b'],
      authorization_params: { prompt: 'consent', scope: 'only this' },
      credentials: { oauth_client_id_override: 'own', oauth_client_secret_override: 'own-secret' },
    };
    const popup = await clickToConsent({ client, options });
    const { searchParams } = new URL(popup.url());
    expect(['client_id', 'prompt', 'scope', 'user_scope'].map((name) => searchParams.get(name))).toEqual([
      'own',
      'consent',
      'only this',
      'a,b',
    ]);
  });

  it.each([
    ['simulator-api-key', { apiKey: 'sim-key' }, { type: 'API_KEY', apiKey: 'sim-key' }],
    ['simulator-basic', { username: 'sim-user', password: 'sim-password' }, { type: 'BASIC', username: 'sim-user' }],
  ])('connects %s by what was entered', async (integration, credentials, stored) => {
    await click({ client, integration, options: { credentials } });
    const account = await outcome();
    expect(account).toMatchObject({ providerConfigKey: integration });
    expect((await world.readConnection(integration, account['connectionId'])).credentials).toMatchObject(stored);
  });

  it('says when the provider does not accept what was entered', async () => {
    const before = await world.connectionCount();
    await click({ client, integration: 'simulator-api-key', options: { credentials: { apiKey: 'wrong' } } });
    expect(await outcome()).toMatchObject({
      type: 'connection_test_failed',
      message: expect.stringMatching(/did not accept/),
    });
    expect(await world.connectionCount()).toBe(before);
  });

  it.each(['sim', 'simulator-api-key'])('renews a connection of %s, which keeps what it had', async (integration) => {
    const credentials = integration === 'sim' ? {} : { credentials: { apiKey: 'sim-key' } };
    const options = { ...credentials, authorization_params: { auto: '1' } };
    await click({ client, integration, options });
    const first = await outcome();
    const id = String(first['connectionId']);
    await world.nango.setMetadata(integration, id, { cursor: 7 });
    const before = await world.readConnection(integration, id);
    const { data } = await world.nango.createReconnectSession({ connection_id: id, integration_id: integration });
    await click({ client, integration, method: 'reconnect', token: data.token, options });
    expect(await outcome()).toMatchObject({ providerConfigKey: integration, connectionId: id });
    const after = await world.readConnection(integration, id);
    expect(after).toMatchObject({ metadata: { cursor: 7 }, tags: before.tags, end_user: { id: 'user-1' } });
    if (integration === 'sim') expect(after.credentials['access_token']).not.toBe(before.credentials['access_token']);
  });

  it('is told that its session is over', async () => {
    const token = await world.makeSession();
    await world.system.api.call('DELETE', '/connect/session', { headers: { authorization: `Bearer ${token}` } });
    await click({ client, token, integration: 'simulator-api-key', options: { credentials: { apiKey: 'sim-key' } } });
    expect(await outcome()).toMatchObject({ type: 'unknown_connect_session_token' });
  });

  it('says when the browser blocked the popup, because nobody clicked', async () => {
    const eager = await page.context().newPage();
    await eager.addInitScript(
      (call) =>
        addEventListener('load', () => {
          window.call = call;
          document.querySelector('button')!.click();
        }),
      await complete({ client }),
    );
    await eager.goto(app.url);
    expect(await outcome(eager)).toMatchObject({ type: 'blocked_by_browser' });
    await Promise.all([eager.waitForEvent('popup'), eager.click('button')]);
  });
});

interface Opening {
  client: ClientName;
  options?: Parameters<Syncline['openConnectUI']>[0];
}

/** The app opens the connect page, on what the session allows. */
async function openConnect({ client, options = {} }: Opening): Promise<void> {
  await page.goto(app.url);
  const given = { client, host: world.system.url, options };
  await page.evaluate(({ client: name, host, options: wished }) => {
    document.querySelector('button')!.focus();
    window.events = [];
    const made = new window.clients[name]({ host }) as Syncline; // which takes what the published client takes
    const onEvent = (event: (typeof window.events)[number]) => void window.events.push(event);
    window.opened = made.openConnectUI({ baseURL: `${host}/connect/`, apiURL: host, ...wished, onEvent });
  }, given);
}

const sessionOf = (integration: string) =>
  world.makeSession({
    allowed_integrations: [integration],
    integrations_config_defaults: { [integration]: { connection_config: at() } },
  });

const events = () => page.evaluate(() => window.events);
const heard = (type: string) =>
  waitFor(`an event '${type}'`, async () => (await events()).find((event) => event.type === type), {
    deadlineMs: 30_000,
  });

describe.each(clients)('the connect page by %s', (client) => {
  it('takes the session’s token, connects by a form, tells of it, and is gone when the user is done', async () => {
    await openConnect({ client, options: { sessionToken: await sessionOf('simulator-api-key') } });
    const connect = page.frameLocator('#connect-ui');
    await connect.getByRole('textbox', { name: 'API key' }).fill('wrong');
    await connect.getByRole('button', { name: 'Connect', exact: true }).click();
    expect(await heard('error')).toMatchObject({ payload: { errorType: 'connection_test_failed' } });
    await connect.getByRole('textbox', { name: 'API key' }).fill('sim-key');
    await connect.getByRole('button', { name: 'Connect', exact: true }).click();
    expect(await heard('connect')).toMatchObject({
      payload: { providerConfigKey: 'simulator-api-key', connectionId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    await connect.getByRole('button', { name: 'Finish' }).click();
    await heard('close');
    expect(await page.locator('#connect-ui').count()).toBe(0);
    const types = (await events()).map(({ type }) => type);
    expect(types).toEqual(['ready', 'settings_changed', 'error', 'connect', 'close']);
  });

  it('connects in a popup, with a token that comes later', async () => {
    await openConnect({ client });
    await heard('ready');
    const token = await sessionOf('sim');
    await page.evaluate((given) => window.opened.setSessionToken(given), token);
    const popup = page.waitForEvent('popup');
    await page.frameLocator('#connect-ui').getByRole('button', { name: 'Connect', exact: true }).click();
    await (await popup).getByRole('button', { name: 'Allow' }).click();
    expect(await heard('connect')).toMatchObject({ payload: { providerConfigKey: 'sim' } });
    await page.evaluate(() => window.opened.close());
    expect(await page.locator('#connect-ui').count()).toBe(0);
  });
});

it('connects for the published client by a public key, where the environment wants that', async () => {
  const { api } = world.system;
  const made = await api.ok<{ data: { public_key: string; hmac_key: string } }>('POST', '/connect/public-key/rotate');
  const { public_key: publicKey, hmac_key: hmacKey } = made.data;
  await api.ok('PATCH', '/connect/public-key', { body: { enabled: true } });
  const connection = 'user-1 of acme';
  const hmac = createHmac('sha256', hmacKey).update(`sim:${connection}`).digest('hex');
  const call = { client: '@nangohq/frontend', options: { authorization_params: { auto: '1' } } } as const;
  for (let times = 0; times < 2; times++) {
    await click({ ...call, signed: { publicKey, connection, hmac } });
    expect(await outcome()).toMatchObject({ providerConfigKey: 'sim', connectionId: connection });
  }
  expect((await world.readConnection('sim', connection)).credentials).toHaveProperty('access_token');
  await click({ ...call, signed: { publicKey, connection: 'another', hmac } });
  await expect(outcome()).rejects.toThrow('not that of this integration');
  await api.ok('PATCH', '/connect/public-key', { body: { enabled: false } });
});

function describeOurs(): void {
  const client = '@syncline/frontend';
  const isClosed = (popup: Page) => waitFor('the popup is closed', () => popup.isClosed(), { deadlineMs: 15_000 });

  it('hears the result though its socket was lost, and no other comes to be', async () => {
    const line = await startCutLine(world.system.url);
    try {
      const popup = await clickToConsent({ client, host: line.url });
      expect(line.sockets()).toBe(1);
      line.cut('sockets');
      await popup.getByRole('button', { name: 'Allow' }).click();
      expect(await outcome()).toMatchObject({ providerConfigKey: 'sim' });
    } finally {
      line.close();
    }
  });

  it('hears the result though the network was gone while it came', async () => {
    const line = await startCutLine(world.system.url);
    try {
      const popup = await clickToConsent({ client, host: line.url });
      line.cut('all');
      await popup.getByRole('button', { name: 'Allow' }).click(); // the popup itself goes another way
      await popup.getByRole('heading', { name: 'Connected' }).waitFor();
      expect(await isSettled()).toBe(false);
      line.mend();
      expect(await outcome()).toMatchObject({ providerConfigKey: 'sim' });
    } finally {
      line.close();
    }
  });

  it('hears the result of a popup that closed itself while the socket was lost', async () => {
    const line = await startCutLine(world.system.url);
    try {
      const popup = await clickToConsent({ client, host: line.url, options: { detectClosedAuthWindow: true } });
      line.cut('sockets');
      await popup.getByRole('button', { name: 'Allow' }).click();
      expect(await outcome()).toMatchObject({ providerConfigKey: 'sim' });
    } finally {
      line.close();
    }
  });

  it('says that the session is over, or the API out of reach, before the popup goes anywhere', async () => {
    const token = await world.makeSession();
    await world.system.api.call('DELETE', '/connect/session', { headers: { authorization: `Bearer ${token}` } });
    for (const [wish, type] of [
      [{ token }, 'unknown_connect_session_token'],
      [{ host: 'http://127.0.0.1:9' }, 'unknown_error'],
    ] as const) {
      const [popup] = await Promise.all([page.waitForEvent('popup'), click({ client, ...wish })]);
      expect(await outcome()).toMatchObject({ type });
      await isClosed(popup);
    }
  });

  it('keeps waiting for a closed popup unless asked to look, and no longer than it may', async () => {
    page = await newClockedPage();
    const popup = await clickToConsent({ client, options: { timeoutMs: 60_000 } });
    await popup.close();
    await page.clock.fastForward(30_000);
    expect(await isSettled()).toBe(false);
    await page.clock.fastForward(30_000);
    expect(await outcome()).toMatchObject({ type: 'timed_out' });
  });

  it('waits no longer when the app has cleared it', async () => {
    await clickToConsent({ client });
    await page.evaluate(() => window.made.clear());
    expect(await outcome()).toMatchObject({ type: 'window_closed' });
  });

  it('lets nobody in the popup send the app’s page elsewhere', async () => {
    const popup = await clickToConsent({ client });
    expect(await popup.evaluate(() => window.opener)).toBeNull();
  });

  it('tells which fields are wrong', async () => {
    await click({ client, integration: 'simulator-api-key', options: { credentials: { apiKey: '' } } });
    expect(await outcome()).toMatchObject({ type: 'invalid_body', errors: [{ path: ['apiKey'] }] });
  });

  it('shows the connect page in a window of its own', async () => {
    const popup = page.waitForEvent('popup');
    await openConnect({ client, options: { display: 'popup', sessionToken: await sessionOf('simulator-api-key') } });
    const connect = (await popup).frameLocator('#connect-ui');
    await connect.getByRole('textbox', { name: 'API key' }).fill('sim-key');
    await connect.getByRole('button', { name: 'Connect', exact: true }).click();
    await heard('connect');
    await (await popup).close();
    await heard('close');
  });

  it('hears the connect page only, and gives the focus back', async () => {
    await openConnect({ client, options: { sessionToken: await sessionOf('sim') } });
    await heard('settings_changed');
    await page.evaluate(() => window.postMessage({ type: 'close' }, '*')); // as any frame of the app's page could
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    expect((await events()).map(({ type }) => type)).toEqual(['ready', 'settings_changed']);
    await page.frameLocator('#connect-ui').getByRole('button', { name: 'Close' }).click();
    await heard('close');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BUTTON');
  });

  it('takes a connect page away that does not come up', async () => {
    page = await newClockedPage();
    await openConnect({ client, options: { baseURL: `${app.url}/connect/` } }); // the app's page: it says nothing
    await page.clock.fastForward(21_000);
    expect(await events()).toMatchObject([{ type: 'error', payload: { errorType: 'timed_out' } }, { type: 'close' }]);
    expect(await page.locator('#connect-ui').count()).toBe(0);
  });
}
if (clients.includes('@syncline/frontend')) describe('ours alone', describeOurs);
