// A real Chromium for the tests that need scripts, windows and focus: the machine's own, driven by playwright-core.
import { existsSync } from 'node:fs';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';

export interface OpenBrowser {
  /**
   * One tab for all tests of a file, empty again at each call: with a context for each of them Chromium costs twice as much. Popups,
   * pages of other contexts, cookies and routes end. Storage, size, media, init scripts, `clock` and `routeWebSocket` do not: what
   * sets them takes a `newPage`.
   */
  blankPage(): Promise<Page>;
  /** In a context of its own: closed by the next `blankPage`. Its popups are in `page.context()`. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

// Headless pages of a container without a sandbox, and without /dev/shm of a useful size. A process for each site doubles their number.
const switches = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-site-isolation-trials'];

export async function openBrowser(): Promise<OpenBrowser> {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: switches,
    ignoreDefaultArgs: ['--disable-popup-blocking'], // as people's browsers: no window opens without a click
    headless: true,
  });
  let tab: Page | undefined;

  async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000); // others have the machine too
    return page;
  }

  async function blankPage(): Promise<Page> {
    tab ??= await newPage();
    const context = tab.context();
    const others = browser.contexts().filter((other) => other !== context);
    await Promise.all(others.map((other) => other.close()));
    await Promise.all(context.pages().map((page) => page !== tab && page.close()));
    await tab.unrouteAll({ behavior: 'ignoreErrors' });
    await context.clearCookies();
    await tab.goto('about:blank');
    return tab;
  }

  return { newPage, blankPage, close: () => browser.close() };
}

function findChromium(): string {
  const named = process.env['CHROMIUM'];
  const found = named === undefined ? places.find(existsSync) : existsSync(named) ? named : undefined;
  if (found !== undefined) return found;
  throw new Error(
    named === undefined
      ? `No Chromium at ${places.join(', ')}. Install it (Debian: apt-get install chromium), or name one in CHROMIUM.`
      : `CHROMIUM names ${named}, where there is no program.`,
  );
}
