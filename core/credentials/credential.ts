// The credential of one connection, by auth mode: the same keys in the database (encrypted), on the wire and in functions.

/** ISO time, as the provider or the importer gave it. */
type Expiry = string;

export interface OAuth2Credential {
  type: 'OAUTH2';
  access_token: string;
  refresh_token?: string | undefined;
  expires_at?: Expiry | undefined;
  /** The token answer, or what was imported. */
  raw: Record<string, unknown>;
  /** The developer app of this one connection. */
  config_override?: { client_id?: string | undefined; client_secret?: string | undefined } | undefined;
}

export interface ClientCredentialsCredential {
  type: 'OAUTH2_CC';
  token: string;
  client_id: string;
  /** Absent for a client that proves itself by its key alone. */
  client_secret?: string | undefined;
  client_certificate?: string | undefined;
  client_private_key?: string | undefined;
  expires_at?: Expiry | undefined;
  raw: Record<string, unknown>;
}

export interface OAuth1Credential {
  type: 'OAUTH1';
  oauth_token: string;
  oauth_token_secret: string;
  raw: Record<string, unknown>;
}

export interface ApiKeyCredential {
  type: 'API_KEY';
  apiKey: string;
}

export interface BasicCredential {
  type: 'BASIC';
  username: string;
  password: string;
}

export interface TbaCredential {
  type: 'TBA';
  token_id: string;
  token_secret: string;
  config_override?: { client_id?: string | undefined; client_secret?: string | undefined } | undefined;
}

/** Modes that log in or sign themselves keep the user's inputs beside the token. */
export interface TokenCredential {
  type: 'TWO_STEP' | 'JWT' | 'SIGNATURE';
  token: string;
  expires_at?: Expiry | undefined;
  [input: string]: unknown;
}

/** A GitHub App's installation. */
export interface AppCredential {
  type: 'APP';
  access_token: string;
  expires_at?: Expiry | undefined;
  raw: Record<string, unknown>;
  /** The app's own proof; only in answers that asked for it. */
  jwtToken?: string | undefined;
}

/** An installed app and the user who installed it; each part has an expiry of its own. */
export interface CustomCredential {
  type: 'CUSTOM';
  /** null: not installed yet, the connection is pending. */
  app: AppCredential | null;
  user: OAuth2Credential | null;
  raw: Record<string, unknown>;
}

export interface BillCredential {
  type: 'BILL';
  username: string;
  password: string;
  organization_id: string;
  dev_key: string;
  session_id: string;
  user_id: string;
  expires_at?: Expiry | undefined;
  raw: Record<string, unknown>;
}

export interface AwsCredential {
  type: 'AWS_SIGV4';
  role_arn: string;
  region: string;
  service: string;
  access_key_id: string;
  secret_access_key: string;
  session_token: string;
  expires_at?: Expiry | undefined;
  external_id?: string | undefined;
  raw: Record<string, unknown>;
}

export interface NoCredential {
  type: 'NONE';
}

export type Credential =
  | OAuth2Credential
  | ClientCredentialsCredential
  | OAuth1Credential
  | ApiKeyCredential
  | BasicCredential
  | TbaCredential
  | TokenCredential
  | AppCredential
  | CustomCredential
  | BillCredential
  | AwsCredential
  | NoCredential;

/** undefined: no expiry is known. */
export function expiryOf(credential: Credential): Date | undefined {
  if (credential.type === 'CUSTOM') return earliest(partsOf(credential).map(expiryOf));
  const text = 'expires_at' in credential ? credential.expires_at : undefined;
  const date = typeof text === 'string' ? new Date(text) : undefined;
  return date && !Number.isNaN(date.getTime()) ? date : undefined;
}

const earliest = (dates: (Date | undefined)[]): Date | undefined =>
  dates.reduce((first, date) => (date && (!first || date < first) ? date : first), undefined);

export const partsOf = ({ app, user }: CustomCredential): (AppCredential | OAuth2Credential)[] =>
  [app, user].filter((part) => part !== null);

/** Can a new token be had without the user? */
export function isRenewable(credential: Credential): boolean {
  switch (credential.type) {
    case 'OAUTH2':
      return credential.refresh_token !== undefined;
    case 'OAUTH2_CC':
    case 'TWO_STEP':
    case 'JWT':
    case 'SIGNATURE':
    case 'APP':
    case 'BILL':
    case 'AWS_SIGV4':
      return true;
    case 'CUSTOM':
      return partsOf(credential).some(isRenewable);
    default:
      return false;
  }
}

export const minEarlyMs = 5 * 60_000;

/** Of a client-credentials token whose provider tells no expiry. */
export const assumedLifeMs = 55 * 60_000;

/** Made here a moment ago, so that its whole life is known; renewing it costs nobody anything. */
const isSignedHere = ({ type }: Credential) => type === 'JWT' || type === 'SIGNATURE';

/** When a renewal is wanted: five minutes, or a tenth of its life, before the end; null when it cannot be renewed. */
export function refreshTimeOf(credential: Credential, nowMs = Date.now()): Date | null {
  const assumed = credential.type === 'OAUTH2_CC' ? nowMs + assumedLifeMs : undefined;
  const expiry = expiryOf(credential)?.getTime() ?? assumed;
  if (expiry === undefined || !isRenewable(credential)) return null;
  const leftMs = expiry - nowMs;
  const earlyMs = Math.max(minEarlyMs, leftMs / 10);
  return new Date(expiry - (isSignedHere(credential) ? Math.min(earlyMs, Math.max(leftMs, 0) / 2) : earlyMs));
}

/** As a reader gets it: `{}` for NONE; refresh tokens, also nested ones, only when asked for. */
export function credentialView(
  credential: Credential,
  { refreshToken }: { refreshToken: boolean },
): Record<string, unknown> {
  if (credential.type === 'NONE') return {};
  return refreshToken ? { ...credential } : withoutRefreshTokens({ ...credential });
}

function withoutRefreshTokens(value: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(value).filter(([key]) => key !== 'refresh_token');
  return Object.fromEntries(kept.map(([key, inner]) => [key, stripped(inner)]));
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  return typeof value === 'object' && value !== null ? withoutRefreshTokens(value as Record<string, unknown>) : value;
}
