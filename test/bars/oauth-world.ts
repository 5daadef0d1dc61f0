// What the OAuth bars share: an instance, the simulator as the honest server, and flows as a browser makes them.

import { createSimulator, type Simulator } from '../../simulator/index.ts';
import { type Browser, createBrowser, type Visit } from '../e2e/browser.ts';
import { writeProviders } from '../e2e/oauth-provider.ts';
import { createFolder, type System, startSystem } from '../e2e/system.ts';

export interface OAuthWorld {
  system: System;
  /** The attacker's server: an integration of its own, `evil`. */
  evil: Simulator;
  /** Token requests at both servers so far. */
  exchanges(): number;
  session(body?: Record<string, unknown>): Promise<string>;
  /** Where the popup begins. `base_url` names the provider. */
  startUrl(token: string, query?: Record<string, string>, integration?: string): string;
  connections(): Promise<number>;
  end(): Promise<void>;
}

const app = { type: 'OAUTH2', client_id: 'sim-client', client_secret: 'sim-secret', scopes: 'read' };

export async function createOAuthWorld(port: number): Promise<OAuthWorld> {
  const folder = createFolder();
  const evil = createSimulator({});
  await evil.listen();
  const providers = writeProviders(`${folder.path}/providers`, {
    'honest-sim': { authorization_response_iss_parameter_supported: true },
    'evil-sim': {},
    'labelled-sim': {
      authorization_url: 'https://${connectionConfig.subdomain}.provider.example/authorize',
      connection_config: { subdomain: { type: 'string', title: 'Subdomain' } },
    },
  });
  const system = await startSystem({
    port,
    settings: { SYNCLINE_PROVIDERS: providers, SYNCLINE_ALLOW_EGRESS: '127.0.0.1/32' },
  });
  const { api, simulator, url } = system;
  const integrations = [
    ['honest', 'honest-sim', {}],
    ['evil', 'evil-sim', {}],
    ['honest-shared', 'honest-sim', { custom: { oauth_callback: 'shared' } }],
    ['labelled', 'labelled-sim', {}],
    ['evil-shared', 'evil-sim', { custom: { oauth_callback: 'shared' } }],
  ] as const;
  for (const [unique_key, provider, rest] of integrations)
    await api.ok('POST', '/integrations', { body: { unique_key, provider, credentials: app, ...rest } });
  return {
    system,
    evil,
    exchanges: () => simulator.oauth.log.count() + evil.oauth.log.count(),
    async session(body = { end_user: { id: 'user' } }) {
      return (await api.ok<{ data: { token: string } }>('POST', '/connect/sessions', { body })).data.token;
    },
    startUrl(token, query = {}, integration = 'honest') {
      const start = new URL(`${url}/oauth/connect/${integration}`);
      const base = integration.startsWith('evil') ? evil.url : simulator.url;
      const asked = {
        connect_session_token: token,
        'params[base_url]': base,
        'authorization_params[auto]': '1',
        ...query,
      };
      for (const [name, value] of Object.entries(asked)) start.searchParams.set(name, value);
      return start.href;
    },
    async connections() {
      return (await api.ok<{ connections: unknown[] }>('GET', '/connections')).connections.length;
    },
    async end() {
      await system.end();
      await evil.close();
      folder.remove();
    },
  };
}

/** Through the consent, up to the callback that is not opened yet. */
export async function goToCallback(browser: Browser, start: string): Promise<string> {
  const atProvider = (await browser.step(start)).location;
  if (atProvider === undefined) throw new Error('The flow did not begin.');
  const callback = (await browser.step(atProvider)).location;
  if (callback === undefined) throw new Error('The provider did not send the browser back.');
  return callback;
}

export const changed = (url: string, params: Record<string, string | undefined>): string => {
  const next = new URL(url);
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) next.searchParams.delete(name);
    else next.searchParams.set(name, value);
  }
  return next.href;
};

export const param = (url: string, name: string): string => new URL(url).searchParams.get(name) ?? '';

/** A whole honest flow: shows that an attack's failure is its own. */
export async function connectHonestly(world: OAuthWorld, integration = 'honest'): Promise<Visit> {
  return createBrowser().open(world.startUrl(await world.session(), {}, integration));
}
