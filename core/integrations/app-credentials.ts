// The credentials of the developer's app at a provider, and the secret part of an integration's configuration.
import type { AuthMode } from '../../providers/auth-modes.ts';
import type { Provider } from '../../providers/schema.ts';
import type { Cipher } from '../crypto/key-ring.ts';
import { SynclineError } from '../errors.ts';

type Shared = { webhook_secret?: string | undefined };

/** As the wire spells them; stored whole, encrypted. */
export type AppCredentials = Shared &
  (
    | { type: 'OAUTH1' | 'OAUTH2' | 'TBA'; client_id: string; client_secret: string; scopes?: string | undefined }
    | { type: 'APP'; app_id: string; app_link: string; private_key: string }
    | {
        type: 'CUSTOM';
        client_id: string;
        client_secret: string;
        app_id: string;
        app_link: string;
        private_key: string;
      }
    | { type: 'OAUTH2_CC'; scopes?: string | undefined }
    | {
        type: 'MCP_OAUTH2';
        client_id?: string | undefined;
        client_secret?: string | undefined;
        scopes?: string | undefined;
      }
    | {
        type: 'MCP_OAUTH2_GENERIC';
        client_name?: string | undefined;
        client_uri?: string | undefined;
        client_logo_uri?: string | undefined;
        scopes?: string | undefined;
      }
    | {
        type: 'INSTALL_PLUGIN';
        app_link?: string | undefined;
        username?: string | undefined;
        password?: string | undefined;
      }
    | { type: 'API_KEY' | 'BASIC' | 'TWO_STEP' | 'JWT' | 'BILL' | 'SIGNATURE' | 'AWS_SIGV4' | 'NONE' }
  );

/** Without an app of the developer, nobody can connect. */
const needsApp: ReadonlySet<AuthMode> = new Set(['OAUTH1', 'OAUTH2', 'TBA', 'APP', 'CUSTOM']);

/** @throws SynclineError `invalid_body` when they are missing or of another mode */
export function checkAppCredentials(provider: Provider, credentials: AppCredentials | undefined): void {
  const refuse = (message: string) => new SynclineError('invalid_body', message, { status: 400 });
  if (!credentials) {
    if (needsApp.has(provider.auth_mode)) throw refuse('Missing credentials');
  } else if (credentials.type !== provider.auth_mode) {
    throw refuse(
      `Provider '${provider.name}' takes credentials of type ${provider.auth_mode}, not ${credentials.type}.`,
    );
  }
}

/** What the encrypted column of an integration holds. */
export interface IntegrationSecrets {
  credentials: AppCredentials | null;
  /** Values of `integration_config` that the provider's entry calls secret. */
  config: Record<string, string>;
}

const place = (integrationId: string) => ({ table: 'integrations', column: 'credentials', row: integrationId });

export function sealSecrets(cipher: Cipher, integrationId: string, secrets: IntegrationSecrets): Buffer | null {
  if (!secrets.credentials && Object.keys(secrets.config).length === 0) return null;
  return cipher.encryptJson(place(integrationId), secrets);
}

export function openSecrets(cipher: Cipher, row: { id: string; credentials: Buffer | null }): IntegrationSecrets {
  if (!row.credentials) return { credentials: null, config: {} };
  return cipher.decryptJson<IntegrationSecrets>(place(row.id), row.credentials);
}

/** Splits by what the entry marks as secret. */
export function splitConfig(provider: Provider | undefined, values: Record<string, string>) {
  const open: Record<string, string> = {};
  const secret: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    (provider?.integration_config?.[name]?.secret ? secret : open)[name] = value;
  }
  return { open, secret };
}
