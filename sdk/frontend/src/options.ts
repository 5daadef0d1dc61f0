// What the client and its calls are made with, and what they give.
import type { Credentials, OAuthOverrides } from './credentials.ts';

export interface SynclineOptions {
  /** Where the API is. Default `http://localhost:3003`. */
  host?: string | undefined;
  /** Of the session that your server made (`createConnectSession`). `openConnectUI` can be given one later. */
  connectSessionToken?: string | undefined;
  /** Of the popup, in pixels. Default 500 × 600. */
  width?: number | undefined;
  height?: number | undefined;
  /** Where the API takes sockets. Default `/`. */
  websocketsPath?: string | undefined;
}

export interface ConnectionOptions {
  /** Fields of the connection's configuration that the provider asks for: a subdomain, a region. */
  params?: Record<string, string> | undefined;
  /** Scopes of the user, where the provider tells them from the app's (Slack). */
  user_scope?: string[] | undefined;
}

export interface AuthOptions extends ConnectionOptions {
  /** What was entered in a form of yours, or the provider app of this one connection. */
  credentials?: Credentials | OAuthOverrides | undefined;
  /** Added to the address of the consent page; the text `undefined` takes one away. */
  authorization_params?: Record<string, string> | undefined;
  /** `outbound`: installed from the provider's side; nothing is entered and no popup opened. */
  installation?: 'outbound' | undefined;
  /**
   * Reject with `window_closed` soon after the popup was closed. Off by default: pages of some providers cut the tie between the
   * popup and its opener (Cross-Origin-Opener-Policy), and then an open window looks closed.
   */
  detectClosedAuthWindow?: boolean | undefined;
  /** The longest that the popup may take. Default 600,000: the server waits no longer either. */
  timeoutMs?: number | undefined;
}

export interface ConnectedAccount {
  /** The integration's unique key. */
  providerConfigKey: string;
  /** Keep it with your user: your server's calls name it. */
  connectionId: string;
  /** The provider has not confirmed the installation yet, or your server has to. */
  isPending?: boolean;
}
