// What a form of the app may have collected, by auth mode, and the endpoint that takes each.

export interface ApiKeyCredentials {
  apiKey: string;
}

export interface BasicCredentials {
  username?: string | undefined;
  password?: string | undefined;
}

/** OAuth 2 client credentials: with a secret, or with a client certificate and its key. */
export interface ClientCredentials {
  client_id: string;
  client_secret?: string | undefined;
  client_certificate?: string | undefined;
  client_private_key?: string | undefined;
}

export interface TbaCredentials {
  token_id: string;
  token_secret: string;
  oauth_client_id_override?: string | undefined;
  oauth_client_secret_override?: string | undefined;
}

export interface BillCredentials {
  username: string;
  password: string;
  organization_id: string;
  dev_key: string;
}

/** The fields that the provider's entry names. */
export interface TwoStepCredentials {
  type: 'TWO_STEP';
  [field: string]: unknown;
}

/** The fields that the provider's entry names. */
export interface JwtCredentials {
  type: 'JWT';
  [field: string]: unknown;
}

export interface PrivateKeyCredentials {
  privateKey: { id: string; secret: string } | string;
  [field: string]: unknown;
}

export interface SignatureCredentials {
  type: 'SIGNATURE';
  username: string;
  password: string;
}

export interface AwsSigV4Credentials {
  type: 'AWS_SIGV4';
  role_arn: string;
  region?: string | undefined;
}

/** Goes with the popup: the provider app that this one connection is made by. */
export interface OAuthOverrides {
  oauth_client_id_override?: string | undefined;
  oauth_client_secret_override?: string | undefined;
  oauth_refresh_token_override?: string | undefined;
}

export type Credentials =
  | ApiKeyCredentials
  | BasicCredentials
  | ClientCredentials
  | TbaCredentials
  | BillCredentials
  | TwoStepCredentials
  | JwtCredentials
  | PrivateKeyCredentials
  | SignatureCredentials
  | AwsSigV4Credentials;

const overrides = new Set(['oauth_client_id_override', 'oauth_client_secret_override', 'oauth_refresh_token_override']);

/** Nothing to send to a form's endpoint: the popup is the way. */
export const isForPopup = (credentials: Credentials | OAuthOverrides | undefined): credentials is OAuthOverrides =>
  Object.keys(credentials ?? {}).every((name) => overrides.has(name));

/** By their shape, the first that fits; undefined for what no endpoint takes. */
export function endpointOf(credentials: Credentials): string | undefined {
  const has = (...names: string[]) => names.every((name) => Boolean((credentials as Record<string, unknown>)[name]));
  const { type } = credentials as { type?: unknown };
  if (type === 'TWO_STEP') return '/auth/two-step';
  if (type === 'SIGNATURE') return '/auth/signature';
  if (type === 'AWS_SIGV4') return '/auth/aws-sigv4';
  if (has('username', 'password', 'organization_id', 'dev_key')) return '/auth/bill';
  if ('apiKey' in credentials) return '/api-auth/api-key';
  if ('username' in credentials || 'password' in credentials) return '/api-auth/basic';
  if (type === 'JWT' || has('privateKey')) return '/auth/jwt';
  if (has('token_id', 'token_secret')) return '/auth/tba';
  if (has('client_id') && (has('client_secret') || has('client_private_key'))) return '/oauth2/auth';
  return undefined;
}

/** As its endpoint takes it: forms that the provider's entry describes may be told by `type`, the role of AWS may not. */
export function bodyOf(credentials: Credentials): object {
  const { type, ...rest } = credentials as { type?: string };
  return type === 'AWS_SIGV4' ? rest : credentials;
}
