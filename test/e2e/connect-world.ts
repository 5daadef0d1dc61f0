// An instance whose integrations are played by the simulator, a Chromium in front of its connect page, and an app that shows the page
// in a frame.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BrowserContextOptions, FrameLocator, Page } from 'playwright-core';
import { stringify } from 'yaml';
import { openBrowser } from './chromium.ts';
import { createFolder, startSystem } from './system.ts';

const origin = '^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$';
const base_url = { type: 'string', title: 'Address', format: 'uri', pattern: origin };
const proxy = { base_url: '${connectionConfig.base_url}', variables: { base_url: 'origin' } };

const entries: Record<string, object> = {
  'acme-desk': {
    display_name: 'Acme Desk',
    auth_mode: 'API_KEY',
    docs_connect: 'https://docs.example/acme-desk',
    credentials: {
      apiKey: {
        type: 'string',
        title: 'API key',
        description: 'Settings > Developers > API keys.',
        doc_section: 'find-your-key',
        secret: true,
        pattern: '^sim-',
      },
    },
    connection_config: {
      base_url,
      subdomain: {
        type: 'string',
        title: 'Subdomain',
        description: 'The first part of the address you log in at.',
        example: 'globex',
        prefix: 'https://',
        suffix: '.acme.example',
        pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,62}$',
      },
    },
    proxy: { ...proxy, headers: { 'x-api-key': '${apiKey}' }, verification: { endpoints: ['/me'] } },
  },
  'acme-mail': {
    display_name: 'Acme Mail',
    auth_mode: 'OAUTH2',
    authorization_url: '${connectionConfig.base_url}/oauth/authorize',
    authorization_params: { response_type: 'code' },
    token_url: '${connectionConfig.base_url}/oauth/token',
    token_params: { grant_type: 'authorization_code' },
    refresh_params: { grant_type: 'refresh_token' },
    connection_config: { base_url, workspace: { type: 'string', title: 'Workspace', example: 'globex' } },
    proxy,
  },
};

/** Of the real catalogue: for the list only. */
const others = [
  'airtable',
  'asana',
  'attio',
  'box',
  'calendly',
  'github',
  'gitlab',
  'hubspot',
  'linear',
  'slack',
  'zendesk',
];

export interface Told {
  type: string;
  payload?: Record<string, unknown>;
}

export type ConnectWorld = Awaited<ReturnType<typeof openConnectWorld>>;

export async function openConnectWorld(port: number) {
  const folder = createFolder();
  const providers = join(folder.path, 'providers');
  mkdirSync(providers);
  for (const [name, entry] of Object.entries(entries)) writeFileSync(join(providers, `${name}.yaml`), stringify(entry));
  const [system, chromium] = await Promise.all([
    startSystem({ port, settings: { SYNCLINE_PROVIDERS: providers } }),
    openBrowser(),
  ]);
  const { api, simulator } = system;
  const client = { type: 'OAUTH2', client_id: 'sim-client', client_secret: 'sim-secret' };
  await api.ok('POST', '/integrations', { body: { provider: 'acme-desk', unique_key: 'desk' } });
  const mail = { ...client, scopes: 'mail.read,contacts.read' };
  await api.ok('POST', '/integrations', { body: { provider: 'acme-mail', unique_key: 'mail', credentials: mail } });
  for (const name of others)
    await api.ok('POST', '/integrations', { body: { provider: name, unique_key: name, credentials: client } });
  const app = await serveApp();

  async function makeSession(allowed: string[] | undefined, more: object = {}) {
    const defaults = { connection_config: { base_url: simulator.url } };
    const body = {
      end_user: { id: 'alice', email: 'alice@globex.example' },
      organization: { id: 'globex', display_name: 'Globex' },
      ...(allowed && { allowed_integrations: allowed }),
      integrations_config_defaults: { desk: defaults, mail: defaults },
      ...more,
    };
    return (await api.ok<{ data: { token: string; connect_link: string } }>('POST', '/connect/sessions', { body }))
      .data;
  }

  return {
    system,
    appOrigin: app.origin,
    makeSession,
    newPage: (options?: BrowserContextOptions) => chromium.newPage(options),
    /** The share link of a session, opened. */
    async open(allowed?: string[], { lang = '', ...options }: BrowserContextOptions & { lang?: string } = {}) {
      const page = await chromium.newPage(options);
      const { connect_link } = await makeSession(allowed);
      await page.goto(lang === '' ? connect_link : connect_link.replace('/#', `/?lang=${lang}#`));
      return page;
    },
    /** In a frame of an app on another origin, which hands it the token when it says that it is ready. */
    async embed(allowed?: string[], options: BrowserContextOptions = {}): Promise<Embedded> {
      const page = await chromium.newPage(options);
      const { token } = await makeSession(allowed);
      const query = new URLSearchParams({ url: `${publicUrl(port)}/connect/?apiURL=https://evil.example`, token });
      await page.goto(`${app.origin}/?${query}`);
      const told = () => page.evaluate(() => (window as unknown as { told: Told[] }).told);
      return { page, frame: page.frameLocator('#connect-ui'), told };
    },
    setOrigins: (origins: string[] | null) => api.ok('PATCH', '/connect/settings', { body: { origins } }),
    /** Of tests that are over. */
    closePages: () => Promise.all(chromium.browser.contexts().map((context) => context.close())),
    async end() {
      await chromium.close();
      await app.close();
      await system.end();
      folder.remove();
    },
  };
}

export interface Embedded {
  page: Page;
  frame: FrameLocator;
  /** What the app was told, in order. */
  told(): Promise<Told[]>;
}

const publicUrl = (port: number) => `http://localhost:${port}`;

/** As an app would do it by hand. */
const appPage = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The app</title>
<style>body{margin:0;font:16px system-ui}main{padding:2rem}iframe{position:fixed;inset:0;width:100%;height:100%;border:0}</style></head>
<body><main><h1>Globex CRM</h1><p>Your integrations</p></main><script>
const query = new URLSearchParams(location.search);
const url = new URL(query.get('url'));
window.told = [];
addEventListener('message', ({ origin, source, data }) => {
  if (origin !== url.origin) return;
  told.push(data);
  if (data.type === 'ready') source.postMessage({ type: 'session_token', sessionToken: query.get('token') }, '*');
  if (data.type === 'close') document.getElementById('connect-ui').remove();
});
const frame = document.createElement('iframe');
frame.id = 'connect-ui';
frame.title = 'Connect';
frame.src = url;
document.body.append(frame);
</script></body></html>`;

async function serveApp() {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(appPage);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
