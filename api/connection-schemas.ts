// Connections as documented and validated: what comes in at an import, what goes out.
import { z } from '@hono/zod-openapi';
import type { Installation } from '../core/connections/prepare-import.ts';
import type { Credential } from '../core/credentials/credential.ts';
import { connectionId, endUser, providerConfigKey, tags, time, webhookUrl } from './fields.ts';

const token = z.string().min(1).max(16_384);
const oauth1Part = z.string().min(1).max(2048);
const basicPart = z.string().max(1024);
const pem = z.string().min(1).max(10_000);
const expiresAt = z.iso.datetime({ offset: true, local: true });
const appId = z.union([z.string().min(1).max(255), z.number().int().transform(String)]);
const installationId = appId;
const configOverride = z.strictObject({
  client_id: z.string().max(255).optional(),
  client_secret: z.string().max(2048).optional(),
});

/** Modes with inputs of the user's own keep them beside the token. */
const tokenCredential = (type: 'TWO_STEP' | 'JWT' | 'SIGNATURE') =>
  z.looseObject({ type: z.literal(type), token, refresh_token: token.optional(), expires_at: expiresAt.optional() });

export const credentialBody = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('OAUTH2'),
    access_token: token,
    refresh_token: token.optional(),
    expires_at: expiresAt.optional(),
    config_override: configOverride.optional(),
  }),
  z.strictObject({
    type: z.literal('OAUTH2_CC'),
    token: z.string().min(1).max(4096),
    client_id: z.string().min(1).max(255),
    client_secret: z.string().min(1).max(2048),
    client_certificate: pem.optional(),
    client_private_key: pem.optional(),
    expires_at: expiresAt.optional(),
  }),
  z.strictObject({ type: z.literal('OAUTH1'), oauth_token: oauth1Part, oauth_token_secret: oauth1Part }),
  z.strictObject({ type: z.literal('BASIC'), username: basicPart, password: basicPart }),
  z.strictObject({ type: z.literal('API_KEY'), apiKey: z.string().min(1).max(1024) }),
  z.strictObject({
    type: z.literal('TBA'),
    token_id: oauth1Part,
    token_secret: oauth1Part,
    config_override: configOverride.optional(),
  }),
  z.strictObject({ type: z.literal('NONE') }),
  tokenCredential('TWO_STEP'),
  tokenCredential('JWT'),
  tokenCredential('SIGNATURE'),
  z.strictObject({ type: z.literal('APP'), app_id: appId, installation_id: installationId }),
  z.strictObject({ type: z.literal('CUSTOM'), app_id: appId, installation_id: installationId }),
  z.strictObject({
    type: z.literal('BILL'),
    username: basicPart.min(1),
    password: basicPart.min(1),
    organization_id: basicPart.min(1),
    dev_key: basicPart.min(1),
    session_id: token,
    user_id: basicPart,
    expires_at: expiresAt.optional(),
  }),
  z.strictObject({
    type: z.literal('AWS_SIGV4'),
    role_arn: z.string().min(1).max(2048),
    region: z.string().min(1).max(64),
    service: z.string().min(1).max(64),
    access_key_id: token,
    secret_access_key: token,
    session_token: token,
    expires_at: expiresAt.optional(),
    external_id: z.string().max(1224).optional(),
  }),
]);

/** OAuth answers carry the provider's whole answer as `raw`; here it is what was sent. */
export function toCredential(body: z.output<typeof credentialBody>): Credential | Installation {
  switch (body.type) {
    case 'APP':
    case 'CUSTOM':
      return { installed: body.type, appId: body.app_id, installationId: body.installation_id };
    case 'OAUTH2':
    case 'OAUTH2_CC':
    case 'OAUTH1':
    case 'BILL':
    case 'AWS_SIGV4':
      return { ...body, raw: { ...body } };
    default:
      return body;
  }
}

export const importBody = z.strictObject({
  provider_config_key: providerConfigKey,
  connection_id: connectionId.optional(),
  credentials: credentialBody,
  metadata: z.record(z.string(), z.unknown()).optional(),
  connection_config: z.record(z.string(), z.unknown()).optional(),
  webhook_url_override: webhookUrl.optional(),
  tags: tags.optional(),
  end_user: endUser.optional(),
});

const endUserView = z
  .object({
    id: z.string(),
    display_name: z.string().nullable(),
    email: z.string().nullable(),
    tags: z.record(z.string(), z.string()).nullable(),
    organization: z.object({ id: z.string(), display_name: z.string().nullable() }).nullable(),
  })
  .openapi('EndUser');

const shared = {
  id: z.number().int(),
  connection_id: z.string(),
  provider_config_key: z.string(),
  provider: z.string(),
  errors: z.array(z.object({ type: z.enum(['auth', 'sync']), log_id: z.string() })),
  end_user: endUserView.nullable(),
  tags: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.unknown()),
};

export const connectionListItem = z.object({ ...shared, created: time }).openapi('ConnectionListItem');

export const connection = z
  .object({
    ...shared,
    connection_config: z.record(z.string(), z.unknown()),
    webhook_url_override: z.string().nullable(),
    created_at: time,
    updated_at: time,
    last_fetched_at: time.nullable(),
    credentials: z.record(z.string(), z.unknown()),
  })
  .openapi('Connection');
