// A connect session as the routes that take one see it: what its holder may connect, and as whom.
import type { EnvironmentDb } from '../../db/database.ts';
import type { ConnectSettings } from '../../db/schema/environments.ts';
import { SynclineError } from '../../errors.ts';
import type { EndUserRow } from '../end-user.ts';

/** Per integration; stronger than what the browser sends. */
export interface IntegrationDefaults {
  user_scopes?: string | undefined;
  authorization_params?: Record<string, string> | undefined;
  connection_config?: Record<string, unknown> | undefined;
}

export type SessionDefaults = Record<string, IntegrationDefaults>;

export interface ConnectSession {
  id: string;
  /** null: all. */
  allowedIntegrations: string[] | null;
  defaults: SessionDefaults;
  overrides: Record<string, { docs_connect?: string }> | null;
  /** null: a connection that is renewed keeps its own. */
  tags: Record<string, string> | null;
  webhookUrlOverride: string | null;
  endUser: EndUserRow | null;
  /** Row of the connection that is to be renewed; null: each success makes a new one. */
  reconnects: string | null;
  /** The id that a new connection gets; null: one of ours. */
  chosenId: string | null;
  strict: boolean;
  /** A new connection is pending until the app's server has confirmed it. */
  requireConfirmation: boolean;
  expiresAt: Date;
  /** Of its environment. */
  settings: ConnectSettings;
}

const place = (sessionId: string) => ({ table: 'connect_sessions', column: 'defaults', row: sessionId });

export const sealDefaults = ({ cipher }: EnvironmentDb, id: string, defaults: SessionDefaults): Buffer =>
  cipher.encryptJson(place(id), defaults);

export const openDefaults = ({ cipher }: EnvironmentDb, id: string, defaults: Buffer | null): SessionDefaults =>
  defaults ? cipher.decryptJson<SessionDefaults>(place(id), defaults) : {};

/** @throws SynclineError `integration_not_allowed` (400) */
export function assertAllowed({ allowedIntegrations }: ConnectSession, uniqueKey: string): void {
  if (!allowedIntegrations || allowedIntegrations.includes(uniqueKey)) return;
  throw new SynclineError('integration_not_allowed', `This session may not connect '${uniqueKey}'.`, {
    status: 400,
    hint: 'Name the integration in `allowed_integrations` when the session is made.',
  });
}
