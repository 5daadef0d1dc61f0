// Who hears what when a flow ends: the popup's page, in a real browser, opened by a page of the attacker's and by one of our own.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OpenBrowser, openBrowser } from '../e2e/chromium.ts';
import type { OAuthWorld } from './oauth-world.ts';

export interface Heard {
  /** By the opener, or over a broadcast channel of the popup page's name. */
  messages: unknown[];
  /** Of the page in the popup, at the end. */
  heading: string;
}

export interface Listeners {
  /** Opens a flow in a popup, and listens until that is at its end. */
  listen(opener: 'attacker' | 'own', start: string): Promise<Heard>;
  /** An opener that a flow names. */
  attackerOrigin: string;
  close(): Promise<void>;
}

declare global {
  interface Window {
    told: unknown[];
  }
}

/** Longer than the page at the end takes to speak and to close itself. */
const silenceMs = 1_000;

export async function openListeners({ system }: Pick<OAuthWorld, 'system'>): Promise<Listeners> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><button>Win a prize</button>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const chromium: OpenBrowser = await openBrowser();
  const attackerOrigin = `http://localhost:${(server.address() as AddressInfo).port}`;

  async function listen(opener: 'attacker' | 'own', start: string): Promise<Heard> {
    const page = await chromium.newPage();
    try {
      await page.goto(opener === 'attacker' ? attackerOrigin : `${system.url}/health`);
      const opening = page.waitForEvent('popup');
      await page.evaluate((url) => {
        window.told = [];
        window.addEventListener('message', ({ data }) => window.told.push(data));
        new BroadcastChannel('nango-oauth-callback').onmessage = ({ data }) => window.told.push(data);
        window.open(url);
      }, start);
      const heading = (await (await opening).locator('h1').textContent()) ?? '';
      await page.waitForTimeout(silenceMs);
      return { heading, messages: await page.evaluate(() => window.told) };
    } finally {
      await page.context().close();
    }
  }

  return {
    listen,
    attackerOrigin,
    async close() {
      await chromium.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
