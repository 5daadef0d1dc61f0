// What a browser flow of an auth mode is: a URL to send the browser to, and a credential out of what it brings back.
import type { Credential } from '../credential.ts';
import type { McpHost } from '../mcp/mcp-host.ts';
import type { ModeSubject } from '../modes/mode.ts';
import type { SendTokenRequest } from '../send-token-request.ts';
import type { ClientOverride } from './client.ts';

/** What the page and the session ask for, beyond the form. */
export interface FlowWishes {
  browserParams: Record<string, string>;
  sessionParams: Record<string, string>;
  userScopes: string[];
  /** The developer app of this one connection. */
  override: ClientOverride & { refreshToken?: string | undefined };
}

export interface FlowStart {
  subject: ModeSubject;
  wishes: FlowWishes;
  /** Comes back with the browser, and proves nothing by itself. */
  state: string;
  redirectUri: string;
  send: SendTokenRequest;
  /** For servers that do not know us yet. */
  host: McpHost;
}

export interface Started {
  url: string;
  /** JSON; kept encrypted with the flow and handed to `finish`: what the callback must not decide anew. */
  pinned: unknown;
}

export interface FlowFinish {
  subject: ModeSubject;
  pinned: unknown;
  redirectUri: string;
  /** Of the callback, each name once. */
  query: Readonly<Record<string, string>>;
  send: SendTokenRequest;
}

export interface Finished {
  credential: Credential;
  /** What answer and callback add to `connection_config`. */
  config: Record<string, unknown>;
}

/** Errors are SynclineErrors whose code is an `error_type` of the wire. */
export interface FlowMode {
  start(start: FlowStart): Promise<Started>;
  finish(finish: FlowFinish): Promise<Finished>;
}

/** Token calls of a flow: the provider's slowness is the user's, but not for ever. */
export const flowDeadlineMs = 20_000;
