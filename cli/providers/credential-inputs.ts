// What a person must give to try an entry: the inputs of its auth mode, as its own form names them, and its configuration.
import type { Provider } from '../../core/integrations/catalogue.ts';
import type { ProxyCredentials } from '../../core/proxy/entry.ts';

export interface Wanted {
  name: string;
  title: string;
  secret: boolean;
  /** Taken when nothing is given. */
  fallback?: string;
  example?: string;
  optional: boolean;
}

/** A login is not made here: modes that have one are tried with the token it gave. */
const byMode: Partial<Record<Provider['auth_mode'], [name: string, title: string][]>> = {
  OAUTH2: [['access_token', 'Access token']],
  MCP_OAUTH2: [['access_token', 'Access token']],
  MCP_OAUTH2_GENERIC: [['access_token', 'Access token']],
  APP: [['access_token', 'Installation token']],
  CUSTOM: [['access_token', 'Installation token']],
  OAUTH2_CC: [['token', 'Access token']],
  TWO_STEP: [['token', 'Token']],
  JWT: [['token', 'Token']],
  SIGNATURE: [['token', 'Token']],
  BILL: [
    ['session_id', 'Session ID'],
    ['dev_key', 'Developer key'],
  ],
  OAUTH1: [
    ['client_id', 'Consumer key of the app'],
    ['client_secret', 'Consumer secret of the app'],
    ['oauth_token', 'Token'],
    ['oauth_token_secret', 'Token secret'],
  ],
  TBA: [
    ['client_id', 'Consumer key of the app'],
    ['client_secret', 'Consumer secret of the app'],
    ['token_id', 'Token ID'],
    ['token_secret', 'Token secret'],
  ],
};

export function credentialInputs({ auth_mode, credentials = {} }: Provider): Wanted[] {
  const tokens = byMode[auth_mode];
  if (tokens) return tokens.map(([name, title]) => ({ name, title, secret: true, optional: false }));
  return formInputs(credentials);
}

/** Automated ones are looked up when a connection is made; whoever has them may give them. */
export function configInputs({ connection_config: form = {} }: Provider): Wanted[] {
  return formInputs(form).filter(({ name }) => form[name]?.automated !== true);
}

function formInputs(form: NonNullable<Provider['credentials']>): Wanted[] {
  return Object.entries(form)
    .sort(([, a], [, b]) => (a.order ?? 0) - (b.order ?? 0))
    .map(([name, field]) => ({
      name,
      title: field.title,
      secret: field.secret === true,
      optional: field.optional === true,
      ...(field.default_value !== undefined && { fallback: field.default_value }),
      ...(field.example !== undefined && { example: field.example }),
    }));
}

/** Keys as on the wire; the app of a signed request travels as the connection's own. */
export function toCredentials(type: Provider['auth_mode'], values: Record<string, unknown>): ProxyCredentials {
  const { client_id, client_secret, ...own } = values;
  const signed = type === 'OAUTH1' || type === 'TBA';
  const made: Record<string, unknown> = signed
    ? { type, ...own, config_override: { client_id, client_secret } }
    : type === 'CUSTOM'
      ? { type, app: own }
      : { type, ...values };
  return made as ProxyCredentials;
}
