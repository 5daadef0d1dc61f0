// The API as the page uses it: the session, what it may connect, a filled form, the result of a popup. Same origin as the page.
import type { Frame } from './frame.ts';

export interface Field {
  name: string;
  place: 'params' | 'body' | 'assertionOption';
  title?: string;
  description?: string;
  example?: string;
  help?: string;
  pattern?: string;
  prefix?: string;
  suffix?: string;
  format?: 'hostname' | 'uuid' | 'email' | 'uri';
  enum?: string[];
  visible_when?: { field: string; equals: string };
  warnings?: Record<string, string>;
  required: boolean;
  secret: boolean;
  multiline: boolean;
  value?: string;
}

export interface Integration {
  unique_key: string;
  display_name: string;
  provider: string;
  docs?: string;
  scopes: string[];
  form: { kind: 'popup' | 'form'; endpoint: string; constants: Record<string, string>; fields: Field[] };
}

export interface Theme {
  showWatermark: boolean;
  defaultTheme: 'light' | 'dark' | 'system';
  theme: { light: { primary: string }; dark: { primary: string } };
}

export interface Session {
  endUser: {
    email: string | null;
    display_name: string | null;
    organization: { display_name: string | null } | null;
  } | null;
  connectUISettings: Theme;
  isReconnecting?: true;
  websocketsPath: string;
  allowed_origins?: string[];
}

export interface Connected {
  providerConfigKey: string;
  connectionId: string;
  isPending?: boolean;
}

export interface Outcome {
  status: 'pending' | 'success' | 'error';
  provider_config_key?: string;
  connection_id?: string;
  is_pending?: boolean;
  error_type?: string;
  error_desc?: string;
}

/** A refusal by the server, or `unreachable`, `timed_out`. */
export class Refusal extends Error {
  readonly code: string;
  readonly errors: readonly { message: string; path: string[] }[];

  constructor(code: string, message: string, more: { errors?: Refusal['errors'] } = {}) {
    super(message);
    this.code = code;
    this.errors = more.errors ?? [];
  }
}

/** A login in several calls at a slow provider; longer than all of the server's own deadlines together. */
const deadlineMs = 90_000;

export interface Server {
  session(): Promise<Session>;
  integrations(): Promise<Integration[]>;
  send(integration: Integration, query: URLSearchParams, body: object): Promise<Connected>;
  outcome(clientId: string): Promise<Outcome>;
  /** Where the popup goes. */
  popupUrl(integration: Integration, query: URLSearchParams): string;
  socketUrl(path: string, clientId: string): string;
}

/** @param root of the API, with a slash at its end */
export function createServer(root: string, token: string, frame: Pick<Frame, 'origin'>): Server {
  const address = (path: string, query?: URLSearchParams) => {
    const url = new URL(path.replace(/^\//, ''), root);
    if (query) url.search = query.toString();
    return url.href;
  };
  const withToken = (query: URLSearchParams) => new URLSearchParams([['connect_session_token', token], ...query]);
  const own = { headers: { authorization: `Bearer ${token}` } };
  const endpointOf = ({ form, unique_key }: Integration) => `${form.endpoint}/${encodeURIComponent(unique_key)}`;
  const read = async <T>(path: string, query?: URLSearchParams) =>
    ((await request(address(path, query), own)) as { data: T }).data;

  return {
    session: () => read('connect/session'),
    integrations: () => read('connect/session/integrations'),
    outcome: (clientId) => read('connect/session/result', new URLSearchParams({ ws_client_id: clientId })),
    async send(integration, query, body) {
      const headers = { 'content-type': 'application/json' };
      const sent = { method: 'POST', headers, body: JSON.stringify(body) };
      return (await request(address(endpointOf(integration), withToken(query)), sent)) as Connected;
    },
    popupUrl: (integration, query) =>
      address(endpointOf(integration), withToken(new URLSearchParams([...query, ['opener_origin', frame.origin]]))),
    socketUrl: (path, clientId) =>
      address(path, new URLSearchParams({ ws_client_id: clientId })).replace(/^http/, 'ws'),
  };
}

/** @param root as of `createServer` */
export const logoAddress = (root: string, { provider }: Integration): string =>
  new URL(`images/providers/${encodeURIComponent(provider)}.svg`, root).href;

/** @throws Refusal */
async function request(url: string, options: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, { ...options, signal: AbortSignal.timeout(deadlineMs), cache: 'no-store' });
  } catch (cause) {
    throw new Refusal((cause as Error).name === 'TimeoutError' ? 'timed_out' : 'unreachable', '');
  }
  const body = (await response.json().catch(() => undefined)) as
    | { error?: { code?: string; message?: string; errors?: Refusal['errors'] } }
    | undefined;
  if (response.ok && body !== undefined) return body;
  const { code = response.status >= 500 ? 'unreachable' : 'server_error', message = '', ...more } = body?.error ?? {};
  throw new Refusal(code, message, more);
}
