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
  client_secret: string;
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
  | NoCredential;

/** undefined: no expiry is known. */
export function expiryOf(credential: Credential): Date | undefined {
  const text = 'expires_at' in credential ? credential.expires_at : undefined;
  const date = typeof text === 'string' ? new Date(text) : undefined;
  return date && !Number.isNaN(date.getTime()) ? date : undefined;
}

/** Can a new token be had without the user? */
export function isRenewable(credential: Credential): boolean {
  switch (credential.type) {
    case 'OAUTH2':
      return credential.refresh_token !== undefined;
    case 'OAUTH2_CC':
    case 'TWO_STEP':
    case 'JWT':
    case 'SIGNATURE':
      return true;
    default:
      return false;
  }
}

export const minEarlyMs = 5 * 60_000;

/** Of a client-credentials token whose provider tells no expiry. */
export const assumedLifeMs = 55 * 60_000;

/** When a renewal is wanted: five minutes, or a tenth of its life, before the end; null when it cannot be renewed. */
export function refreshTimeOf(credential: Credential, nowMs = Date.now()): Date | null {
  const assumed = credential.type === 'OAUTH2_CC' ? nowMs + assumedLifeMs : undefined;
  const expiry = expiryOf(credential)?.getTime() ?? assumed;
  if (expiry === undefined || !isRenewable(credential)) return null;
  return new Date(expiry - Math.max(minEarlyMs, (expiry - nowMs) / 10));
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
