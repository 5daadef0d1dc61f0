// A real Chromium for the tests that need scripts, windows and focus: the machine's own, driven by playwright-core.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

export interface OpenBrowser {
  browser: Browser;
  /** In a context of its own: no cookie, no storage of any other page. Its popups are in `page.context()`. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

interface BrowserOptions {
  /** Further switches. */
  args?: string[];
  /** As people's browsers do: no window opens without a click. Under test all may, by default. */
  blocksPopups?: boolean;
}

export async function openBrowser({ args = [], blocksPopups = false }: BrowserOptions = {}): Promise<OpenBrowser> {
  const executablePath = findChromium();
  // Headless pages of a container without a sandbox, and without /dev/shm of a useful size.
  const switches = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', ...args];
  const ignoreDefaultArgs = blocksPopups ? ['--disable-popup-blocking'] : [];
  const browser = await chromium.launch({ executablePath, args: switches, ignoreDefaultArgs, headless: true });
  return {
    browser,
    async newPage(options = {}) {
      const context = await browser.newContext({ locale: 'en-US', ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      return page;
    },
    close: () => browser.close(),
  };
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
