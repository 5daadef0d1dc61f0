// Integrations of the shared instance that the simulator plays, a Chromium in front of the connect page, and an app that shows the
// page in a frame.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FrameLocator, Page } from 'playwright-core';
import { openBrowser } from './chromium.ts';
import { joinSystem } from './join-system.ts';

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

export async function openConnectWorld() {
  const [system, chromium] = await Promise.all([joinSystem('connect-page'), openBrowser()]);
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
    blankPage: chromium.blankPage,
    newPage: chromium.newPage,
    /** The share link of a session, opened. `query` is said to the page. */
    async open(allowed?: string[], query = '', on?: Page) {
      const page = on ?? (await chromium.blankPage());
      const { connect_link } = await makeSession(allowed);
      await page.goto(connect_link.replace('/#', `/${query}#`));
      return page;
    },
    /** In a frame of an app on another origin, which hands it the token when it says that it is ready. */
    async embed(allowed?: string[]): Promise<Embedded> {
      const page = await chromium.blankPage();
      const { token, connect_link } = await makeSession(allowed);
      const url = `${new URL(connect_link).origin}/connect/?apiURL=https://evil.example`;
      await page.goto(`${app.origin}/?${new URLSearchParams({ url, token })}`);
      const told = () => page.evaluate(() => (window as unknown as { told: Told[] }).told);
      return { page, frame: page.frameLocator('#connect-ui'), told };
    },
    setOrigins: (origins: string[] | null) => api.ok('PATCH', '/connect/settings', { body: { origins } }),
    async end() {
      await chromium.close();
      await app.close();
      await system.end();
    },
  };
}

export interface Embedded {
  page: Page;
  frame: FrameLocator;
  /** What the app was told, in order. */
  told(): Promise<Told[]>;
}

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
