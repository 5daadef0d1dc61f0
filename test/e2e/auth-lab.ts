// Integrations of each auth mode, all of them played by the simulator; and a person in front of them.
import { expect } from 'vitest';
import { type Answer, errorOf } from '../conformance/api.ts';
import { type Mode, modes, mtls, publicKey } from './auth-mode-table.ts';
import { joinSystem } from './join-system.ts';

export interface Sent {
  body?: unknown;
  params?: Record<string, string>;
  /** Of a session; default: a new one. */
  session?: string;
}

interface Connection {
  credentials: Record<string, unknown>;
  connection_config: Record<string, unknown>;
  metadata: object;
}

export type AuthLab = Awaited<ReturnType<typeof openAuthLab>>;

export async function openAuthLab(name: string) {
  await mtls.listen();
  const system = await joinSystem(name);
  const { api, simulator, url } = system;
  const at = { simulatorUrl: simulator.url, mtlsUrl: mtls.url };
  for (const { provider, credentials, integration_config } of modes) {
    const body = { provider, unique_key: provider, credentials, integration_config: integration_config?.(at) };
    await api.ok('POST', '/integrations', { body });
  }

  /** `reconnect`: the connection that it renews. */
  async function sessionFor(provider: string, reconnect?: string): Promise<string> {
    const [path, body] = reconnect
      ? ['/connect/sessions/reconnect', { connection_id: reconnect, integration_id: provider }]
      : ['/connect/sessions', { end_user: { id: 'alice' }, allowed_integrations: [provider] }];
    return (await api.ok<{ data: { token: string } }>('POST', path as string, { body })).data.token;
  }

  /** What the connect page does with a form. */
  async function send(mode: Mode, { body, params, session }: Sent = {}): Promise<Answer> {
    const target = new URL(`${url}${mode.endpoint}/${mode.provider}`);
    target.searchParams.set('connect_session_token', session ?? (await sessionFor(mode.provider)));
    const config = params ?? mode.params?.(at) ?? { base_url: simulator.url };
    for (const [name, value] of Object.entries(config)) target.searchParams.set(`params[${name}]`, value);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(target, { method: 'POST', headers, body: JSON.stringify(body ?? mode.body()) });
    return { status: answer.status, body: await answer.json() };
  }

  return {
    system,
    sessionFor,
    send,
    /** @returns the id of the connection */
    async connect(mode: Mode, sent?: Sent): Promise<string> {
      const { status, body } = await send(mode, sent);
      expect({ status, body }).toEqual({
        status: 200,
        body: { providerConfigKey: mode.provider, connectionId: expect.any(String) },
      });
      return (body as { connectionId: string }).connectionId;
    },
    read: (provider: string, id: string, query: Record<string, string> = {}) =>
      api.ok<Connection>('GET', `/connections/${id}`, { query: { provider_config_key: provider, ...query } }),
    /** By the proxy; the simulator says who asks. */
    use: ({ provider, me }: Pick<Mode, 'provider' | 'me'>, id: string) =>
      api.call('GET', `/proxy${me}`, { headers: { 'provider-config-key': provider, 'connection-id': id } }),
    reset(): void {
      simulator.reset();
      simulator.modes.trusted.keys = [{ algorithm: 'RS256', key: publicKey }];
    },
    async end(): Promise<void> {
      await system.end();
      await mtls.close();
    },
  };
}

export interface Refused {
  status: number;
  code: string | undefined;
  message: string | undefined;
  errors: { message: string; path: string[] }[];
}

export function refusedBy({ status, body }: Answer): Refused {
  const { code, message, errors } = errorOf(body);
  return { status, code, message, errors: (errors ?? []) as Refused['errors'] };
}
