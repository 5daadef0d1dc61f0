// The connect page in a real Chromium: what an end user sees and does, by mouse, by keyboard, on a small screen, in the dark.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Frame, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectWorld, openConnectWorld } from './connect-world.ts';
import { waitFor } from './wait-for.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let world: ConnectWorld;
beforeAll(async () => {
  world = await openConnectWorld();
});
beforeEach(() => world.system.simulator.oauth.reset());
afterAll(() => world?.end());

type Place = Page | FrameLocator;
const heading = (place: Place, name: string) => place.getByRole('heading', { level: 1, name, exact: true });
const button = (place: Place, name: string) => place.getByRole('button', { name, exact: true });

/** In every rule that axe has, best practices too. Playwright runs it outside of the page's policy. */
async function violationsOf(frame: Page | Frame): Promise<string[]> {
  if (!(await frame.evaluate(() => 'axe' in window))) await frame.evaluate(axe);
  return frame.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run({ resultTypes: ['violations'] }); // describes no others
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

/** With nothing to scroll sideways. */
async function expectToFitSmallScreens(page: Page): Promise<void> {
  const viewport = page.viewportSize()!;
  await page.setViewportSize({ width: 320, height: 568 });
  try {
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    expect(await violationsOf(page)).toEqual([]);
  } finally {
    await page.setViewportSize(viewport);
  }
}

const groundOf = (page: Page) =>
  page.evaluate(() => getComputedStyle(document.querySelector('.card')!).backgroundColor);

const connectionsOf = async (integration: string) =>
  (
    await world.system.api.ok<{ connections: { connection_id: string; end_user: { id: string } }[] }>(
      'GET',
      '/connections',
      {
        query: { integrationId: integration },
      },
    )
  ).connections;

/** Clicks, and gives the window that this opens. */
async function popupOf(page: Page, place: Place, name = 'Connect'): Promise<Page> {
  const [popup] = await Promise.all([page.context().waitForEvent('page'), button(place, name).click()]);
  return popup;
}

describe('a form', () => {
  it('is corrected field by field, refused by the provider, then accepted; nothing is typed twice', async () => {
    const page = await world.open(['desk']);
    await heading(page, 'Connect Acme Desk').waitFor();
    expect(await page.getByText('for Globex').isVisible()).toBe(true);
    const subdomain = page.getByLabel('Subdomain');
    const key = page.getByLabel('API key', { exact: true });
    expect(await page.getByText('.acme.example', { exact: true }).isVisible()).toBe(true);
    expect(await page.getByRole('link', { name: /Where do I find this/ }).getAttribute('href')).toBe(
      'https://docs.example/acme-desk#find-your-key',
    );
    // Not while somebody is typing, but as soon as the field is left.
    await subdomain.fill('not a label');
    expect(await subdomain.getAttribute('aria-invalid')).toBe('false');
    await subdomain.blur();
    await page.getByText('Subdomain does not look right.').waitFor();
    expect(await subdomain.getAttribute('aria-invalid')).toBe('true');
    await expectToFitSmallScreens(page);

    await subdomain.fill('globex');
    await button(page, 'Connect').click();
    await page.getByText('API key is missing.').waitFor();
    expect(await key.evaluate((element) => element === document.activeElement)).toBe(true);

    await key.fill('sim-wrong');
    await button(page, 'Connect').click();
    const alert = page.getByRole('alert');
    await alert.getByText('Acme Desk did not accept what you entered. Check it and try again.').waitFor();
    expect(await alert.textContent()).toContain('status 401');
    expect(await alert.evaluate((element) => element === document.activeElement)).toBe(true);
    expect([await subdomain.inputValue(), await key.inputValue()]).toEqual(['globex', 'sim-wrong']);
    expect(await violationsOf(page)).toEqual([]);
    expect(await connectionsOf('desk')).toEqual([]);

    await key.fill('sim-key');
    await button(page, 'Connect').click();
    await heading(page, 'Connected').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    const [made] = await connectionsOf('desk');
    expect(made?.end_user.id).toBe('alice');
    const stored = await world.system.api.ok('GET', `/connections/${made!.connection_id}`, {
      query: { provider_config_key: 'desk' },
    });
    expect(stored).toMatchObject({
      credentials: { apiKey: 'sim-key' },
      connection_config: { subdomain: 'globex', base_url: world.system.simulator.url },
    });
  });

  it('shows a secret only when asked, and cuts what it needs out of a pasted address', async () => {
    const page = await world.open(['desk']);
    const key = page.getByLabel('API key', { exact: true });
    await key.fill('sim-key');
    expect(await key.getAttribute('type')).toBe('password');
    await button(page, 'Show: API key').click();
    expect(await key.getAttribute('type')).toBe('text');
    const subdomain = page.getByLabel('Subdomain');
    await subdomain.evaluate((element, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text', text);
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, 'https://globex.acme.example/agent?tab=1');
    expect(await subdomain.inputValue()).toBe('globex');
  });

  it('says when the server does not answer, and goes on when it does', async () => {
    const page = await world.open(['desk']);
    await page.getByLabel('Subdomain').fill('globex');
    await page.getByLabel('API key', { exact: true }).fill('sim-key');
    await page.route('**/api-auth/**', (route) => route.abort());
    await button(page, 'Connect').click();
    await page.getByText('The server cannot be reached.').waitFor();
    await page.unroute('**/api-auth/**');
    await button(page, 'Connect').click();
    await heading(page, 'Connected').waitFor();
  });
});

describe("the provider's window", () => {
  it('connects the account, and the app around hears of it', async () => {
    const { page, frame, told } = await world.embed(['mail']);
    await heading(frame, 'Connect Acme Mail').waitFor();
    await frame.getByText('Permissions requested').click();
    expect(await frame.getByText('contacts.read').isVisible()).toBe(true);
    await frame.getByLabel('Workspace').fill('globex');
    const popup = await popupOf(page, frame);
    await heading(frame, 'Continue in the Acme Mail window').waitFor();
    expect(await violationsOf(page.frames()[1]!)).toEqual([]);
    await popup.getByRole('button', { name: 'Allow' }).click();
    await heading(frame, 'Connected').waitFor();
    await waitFor('the window closes itself', () => popup.isClosed(), { deadlineMs: 15_000 });
    const [made] = await connectionsOf('mail');
    await button(frame, 'Finish').click();
    await waitFor('the app is told', async () => (await told()).at(-1)?.type === 'close');
    expect(await told()).toEqual([
      { type: 'ready' },
      { type: 'settings_changed', payload: expect.objectContaining({ defaultTheme: 'system' }) },
      { type: 'connect', payload: { providerConfigKey: 'mail', connectionId: made!.connection_id } },
      { type: 'close' },
    ]);
    expect(await page.locator('#connect-ui').count()).toBe(0);
  });

  it('is renewed by a session for that, with what is known already', async () => {
    const [made] = await connectionsOf('mail');
    const body = { connection_id: made!.connection_id, integration_id: 'mail' };
    const { data } = await world.system.api.ok<{ data: { connect_link: string } }>(
      'POST',
      '/connect/sessions/reconnect',
      {
        body,
      },
    );
    const page = await world.blankPage();
    await page.goto(data.connect_link);
    await heading(page, 'Reconnect Acme Mail').waitFor();
    expect(await page.getByLabel('Workspace').inputValue()).toBe('globex');
    const popup = await popupOf(page, page, 'Reconnect');
    await popup.getByRole('button', { name: 'Allow' }).click();
    await heading(page, 'Connected').waitFor();
    expect(await connectionsOf('mail')).toHaveLength(1);
  });

  it('that was closed brings back the form as it was, and still counts when it was only out of sight', async () => {
    const page = await world.open(['mail']);
    await page.getByLabel('Workspace').fill('globex');
    const popup = await popupOf(page, page);
    await popup.getByRole('button', { name: 'Allow' }).waitFor();
    const address = popup.url();
    await popup.close();
    await page.getByText('The Acme Mail window was closed before you were done.').waitFor();
    expect(await page.getByLabel('Workspace').inputValue()).toBe('globex');
    await expectToFitSmallScreens(page);
    // A provider that cuts the tie to its window looks the same: there it goes on.
    const elsewhere = await page.context().newPage();
    await elsewhere.goto(address);
    await elsewhere.getByRole('button', { name: 'Allow' }).click();
    await heading(page, 'Connected').waitFor();
  });

  it('that is refused says why, in plain words and in its own', async () => {
    const { page, frame, told } = await world.embed(['mail']);
    await frame.getByLabel('Workspace').fill('globex');
    const popup = await popupOf(page, frame);
    await popup.getByRole('button', { name: 'Deny' }).click();
    await heading(frame, 'Acme Mail was not connected').waitFor();
    expect(await frame.getByText('Access was not allowed.').isVisible()).toBe(true);
    expect(await frame.getByText('Acme Mail says that access was not granted: access_denied.').isVisible()).toBe(true);
    expect(await violationsOf(page.frames()[1]!)).toEqual([]);
    const last = await waitFor('the app is told', async () => (await told()).findLast(({ type }) => type === 'error'));
    expect(last).toMatchObject({ payload: { errorType: 'callback_err' } });
    await button(frame, 'Try again').click();
    expect(await frame.getByLabel('Workspace').inputValue()).toBe('globex');
  });

  it('of a provider in trouble says so', async () => {
    const body = '{"error":"server_error","error_description":"The moon is in the way"}';
    world.system.simulator.oauth.set({ tokenReply: { status: 500, contentType: 'application/json', body } });
    const page = await world.open(['mail']);
    await page.getByLabel('Workspace').fill('globex');
    const popup = await popupOf(page, page);
    await popup.getByRole('button', { name: 'Allow' }).click();
    await heading(page, 'Acme Mail was not connected').waitFor();
    expect(await page.getByText('The moon is in the way').isVisible()).toBe(true);
  });

  it('that the browser blocks is opened by a click on a link', async () => {
    const page = await world.open(['mail']);
    await page.getByLabel('Workspace').fill('globex');
    await page.evaluate(() => {
      window.open = () => null;
    });
    await button(page, 'Connect').click();
    await heading(page, 'Your browser blocked the window').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    const link = page.getByRole('link', { name: 'Open the Acme Mail window' });
    const [popup] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
    await popup.getByRole('button', { name: 'Allow' }).click();
    await heading(page, 'Connected').waitFor();
  });

  it('is heard of without any socket, and given up after its time', async () => {
    const page = await world.newPage();
    await page.clock.install();
    await page.routeWebSocket(/.*/, (socket) => void socket.close());
    const { connect_link } = await world.makeSession(['mail']);
    await page.goto(connect_link);
    await page.getByLabel('Workspace').fill('globex');
    const late = await popupOf(page, page);
    await late.getByRole('button', { name: 'Allow' }).waitFor();
    await page.clock.fastForward('10:01');
    await page.getByText('This took too long, so it was stopped. Try again.').waitFor();
    await button(page, 'Try again').click();
    const popup = await popupOf(page, page);
    await popup.getByRole('button', { name: 'Allow' }).click();
    await page.clock.runFor(5_000);
    await heading(page, 'Connected').waitFor();
  });
});

describe('several services', () => {
  it('are found by name and chosen, and one can go back', async () => {
    const page = await world.open();
    await heading(page, 'Connect an account').waitFor();
    expect(await page.getByRole('listitem').count()).toBe(13);
    expect(await violationsOf(page)).toEqual([]);
    await expectToFitSmallScreens(page);
    const search = page.getByRole('searchbox', { name: 'Search' });
    await search.fill('hub');
    expect(await page.getByRole('listitem').allTextContents()).toEqual(['HubSpot', 'GitHub']);
    await search.fill('nothing at all');
    await page.getByText('Nothing is called “nothing at all”.').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await search.fill('acme');
    await button(page, 'Acme Desk').click();
    await heading(page, 'Connect Acme Desk').waitFor();
    await page.getByLabel('Subdomain').fill('globex');
    await button(page, 'Back').click();
    expect(await search.inputValue()).toBe('acme');
    await button(page, 'Acme Desk').click();
    expect(await page.getByLabel('Subdomain').inputValue()).toBe('globex');
  });
});

describe('without a mouse', () => {
  it('everything is reached, said and left by keyboard', async () => {
    const { page, frame, told } = await world.embed(['desk', 'mail']);
    await heading(frame, 'Connect an account').waitFor();
    const dialog = frame.getByRole('dialog', { name: 'Connect an account' });
    expect(await dialog.getAttribute('aria-modal')).toBe('true');
    const focused = () =>
      page.frames()[1]!.evaluate(() => document.activeElement?.textContent || document.activeElement?.id);
    await waitFor('the search has the focus', () =>
      page.frames()[1]!.evaluate(() => document.activeElement?.getAttribute('type') === 'search'),
    );
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('Acme Desk');
    await page.keyboard.press('Enter');
    await heading(frame, 'Connect Acme Desk').waitFor();
    expect(await focused()).toBe('Connect Acme Desk');
    // Back, close, where to find it and the rest: round and round, never out.
    const seen: string[] = [];
    for (let presses = 0; presses < 10; presses++) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('connect-ui');
      seen.push(await page.frames()[1]!.evaluate(() => document.activeElement?.tagName ?? ''));
    }
    expect(seen).toEqual(['INPUT', 'A', 'INPUT', 'BUTTON', 'BUTTON', 'A', 'BUTTON', 'BUTTON', 'INPUT', 'A']);
    await frame.getByLabel('Subdomain').focus();
    await page.keyboard.type('globex');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('sim-key');
    await page.keyboard.press('Enter');
    await heading(frame, 'Connected').waitFor();
    expect(await focused()).toBe('Connected');
    // The app takes the frame away at once: there is nobody left to say that the key came up.
    void page.keyboard.press('Escape').catch(() => {});
    await waitFor('the app is told', async () => (await told()).at(-1)?.type === 'close');
  });
});

describe('every reader', () => {
  it('has it in the dark, by system, and in the light by the address', async () => {
    const page = await world.open(['desk'], '', await world.newPage({ colorScheme: 'dark' }));
    await heading(page, 'Connect Acme Desk').waitFor();
    expect(await groundOf(page)).toBe('rgb(23, 26, 33)');
    await button(page, 'Connect').click();
    await page.getByText('API key is missing.').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await world.open(['desk'], '?theme=light', page);
    await heading(page, 'Connect Acme Desk').waitFor();
    expect(await groundOf(page)).toBe('rgb(255, 255, 255)');
    expect(page.url()).not.toContain('token');
    await page.reload();
    await heading(page, 'Connect Acme Desk').waitFor();
  });

  it.each([
    ['de', 'Acme Desk verbinden', 'Verbinden'],
    ['fr', 'Connecter Acme Desk', 'Connecter'],
    ['es', 'Conectar Acme Desk', 'Conectar'],
  ])('is spoken to in %s when the address says so', async (lang, title, label) => {
    const page = await world.open(['desk'], `?lang=${lang}-XX`);
    await heading(page, title).waitFor();
    expect(await button(page, label).isVisible()).toBe(true);
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(lang);
  });

  it('is spoken to in the language of the browser', async () => {
    const page = await world.open(['desk'], '', await world.newPage({ locale: 'fr' }));
    await heading(page, 'Connecter Acme Desk').waitFor();
  });

  it('is told when there is nothing to be done here', async () => {
    const page = await world.blankPage();
    await page.goto(`${world.system.url}/connect/`);
    await heading(page, 'This link is incomplete').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.goto(`${world.system.url}/connect/?again=1#session_token=nango_connect_session_${'0'.repeat(64)}`);
    await heading(page, 'This link is not valid any more').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });
});

describe('the page itself', () => {
  it('is ready to be used in less than a second, small, and asks nobody else', async () => {
    const readyMs: number[] = [];
    // The best of five: the first may wait for the bundler, any of them for whoever shares the machine.
    while (readyMs.length < 5 && !readyMs.some((ms) => ms < 1_000)) {
      const page = await world.newPage();
      const hosts = new Set<string>();
      page.on('request', (request) => hosts.add(new URL(request.url()).host));
      const faults: string[] = [];
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
      page.on('pageerror', (error) => faults.push(error.message));
      await page.addInitScript(() => {
        new MutationObserver((_changes, observer) => {
          if (!document.querySelector('.choices button')) return;
          observer.disconnect();
          performance.mark('ready');
        }).observe(document, { subtree: true, childList: true });
      });
      const { connect_link } = await world.makeSession(undefined);
      await page.goto(connect_link);
      await button(page, 'Acme Desk').click();
      await page.getByLabel('Subdomain').waitFor();
      // From the first byte asked for to a list that can be clicked.
      readyMs.push(await page.evaluate(() => performance.getEntriesByName('ready')[0]!.startTime));
      expect([...hosts]).toEqual([new URL(connect_link).host]);
      expect(faults).toEqual([]);
      const sizeBytes = await page.evaluate(() =>
        [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
          .map((entry) => entry as PerformanceResourceTiming)
          .filter(({ name }) => /\/connect\/(assets\/|$|#)/.test(name))
          .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      );
      expect(sizeBytes).toBeGreaterThan(10_000);
      expect(sizeBytes).toBeLessThan(120_000);
    }
    expect(Math.min(...readyMs), readyMs.join(', ')).toBeLessThan(1_000);
  });

  it('is shown by no page that the app does not name, and by every page that it does', async () => {
    await world.setOrigins(['https://elsewhere.example']);
    try {
      const { frame, told } = await world.embed(['desk']);
      await heading(frame, 'This page may not be shown here').waitFor();
      expect((await told()).map(({ type }) => type)).toEqual(['ready', 'settings_changed']);
      await world.setOrigins([world.appOrigin]);
      const named = await world.embed(['desk']);
      await heading(named.frame, 'Connect Acme Desk').waitFor();
    } finally {
      await world.setOrigins(null);
    }
  });
});
