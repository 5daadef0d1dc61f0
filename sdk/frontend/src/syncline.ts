// The client of a page: connects accounts with the token of a connect session.
import { type Api, createApi, type Query } from './api.ts';
import { AuthError, type LocalErrorType } from './auth-error.ts';
import { type ConnectUI, type ConnectUIOptions, createConnectUI } from './connect-ui.ts';
import { bodyOf, endpointOf, isForPopup } from './credentials.ts';
import { runFlow } from './flow.ts';
import type { AuthOptions, ConnectedAccount, ConnectionOptions, SynclineOptions } from './options.ts';
import { openPopup } from './popup.ts';
import { popupQuery, queryOf } from './query.ts';

/**
 * @example
 * const syncline = new Syncline({ host: 'https://syncline.example.com', connectSessionToken });
 * button.onclick = async () => {
 *   const { connectionId } = await syncline.auth('github');
 * };
 */
export class Syncline {
  private readonly options: SynclineOptions;
  private readonly api: Api;
  private running = new AbortController();

  /** @throws AuthError `invalid_host_url` */
  constructor(options: SynclineOptions = {}) {
    this.options = options;
    this.api = createApi(options.host ?? 'http://localhost:3003');
  }

  /**
   * Connects an account: in a popup, or at once with the `credentials` of a form of yours. Call it in the handler of a click.
   * @throws AuthError
   */
  async auth(integrationId: string, options: AuthOptions = {}): Promise<ConnectedAccount> {
    const token = this.token('missing_auth_token', options);
    if (options.installation === 'outbound') return this.post('/auth/oauth-outbound', integrationId, options);
    if (!isForPopup(options.credentials)) return this.enter(integrationId, options, options.credentials!);
    const { width = 500, height = 600, websocketsPath = '/' } = this.options;
    const start = { path: path('/oauth/connect', integrationId), query: popupQuery(token, options) };
    return runFlow({
      api: this.api,
      token,
      start,
      popup: openPopup({ width, height }),
      websocketsPath,
      detectClosedAuthWindow: options.detectClosedAuthWindow ?? false,
      timeoutMs: options.timeoutMs ?? 600_000,
      signal: this.running.signal,
    });
  }

  /**
   * The same for a connection that is there: the session says which (`createReconnectSession`). It keeps its id, metadata, tags and
   * records.
   * @throws AuthError
   */
  async reconnect(integrationId: string, options: AuthOptions = {}): Promise<ConnectedAccount> {
    this.token('missing_connect_session_token', options);
    return this.auth(integrationId, options);
  }

  /**
   * Connects without a popup: with the `credentials` of a form of yours, or with none where the provider needs none.
   * @throws AuthError
   */
  async create(
    integrationId: string,
    options: ConnectionOptions & Pick<AuthOptions, 'credentials'> = {},
  ): Promise<ConnectedAccount> {
    this.token('missing_auth_token', options);
    if (!isForPopup(options.credentials)) return this.enter(integrationId, options, options.credentials!);
    return this.post('/auth/unauthenticated', integrationId, options);
  }

  /**
   * Opens the connect page, where the user chooses what to connect, over this page or in a window.
   * @example
   * const connect = syncline.openConnectUI({ onEvent: ({ type }) => type === 'connect' && showAccounts() });
   * connect.setSessionToken(await (await fetch('/connect-session', { method: 'POST' })).text());
   */
  openConnectUI(options: ConnectUIOptions = {}): ConnectUI {
    const { connectSessionToken: sessionToken } = this.options;
    const connect = createConnectUI({ sessionToken, host: this.api.host, ...options });
    connect.open();
    return connect;
  }

  /** Whoever waits for a popup is told `window_closed`. One that shows the provider's page already is for the user to close. */
  clear(): void {
    this.running.abort(new AuthError('The app ended this.', 'window_closed'));
    this.running = new AbortController();
  }

  private token(type: LocalErrorType, options: unknown): string {
    const { connectSessionToken: token } = this.options;
    if (!token) {
      throw new AuthError('A connect session is needed: new Syncline({ connectSessionToken }).', type, {
        hint: 'Your server makes one with createConnectSession of @syncline/node and gives the page its token.',
      });
    }
    if (typeof options === 'object') return token;
    throw new AuthError('A connection id cannot be chosen: give the options as the second argument.', 'url_param_err');
  }

  private enter(integrationId: string, options: ConnectionOptions, credentials: Parameters<typeof endpointOf>[0]) {
    const endpoint = endpointOf(credentials);
    if (endpoint !== undefined) return this.post(endpoint, integrationId, options, bodyOf(credentials));
    throw new AuthError('These credentials are of no kind that an integration takes.', 'missing_credentials', {
      hint: 'Their field names and `type` say of which kind they are: `apiKey`, `username` and `password`, …',
    });
  }

  private post(endpoint: string, integrationId: string, options: ConnectionOptions, body?: object) {
    const query: Query = queryOf(this.token('missing_auth_token', options), options);
    return this.api.post<ConnectedAccount>(path(endpoint, integrationId), query, body);
  }
}

/** `..` would climb to another route. @throws AuthError */
function path(endpoint: string, integrationId: string): string {
  if (typeof integrationId !== 'string' || /^\.{0,2}$/.test(integrationId))
    throw new AuthError('Name the integration that is to be connected.', 'no_provider_config_key');
  return `${endpoint}/${encodeURIComponent(integrationId)}`;
}
