// Integrations as documented and validated: app credentials in, the integration out.
import { z } from '@hono/zod-openapi';
import { functionName, providerConfigKey, time } from './fields.ts';

const clientId = z.string().min(1).max(255);
const secret = z.string().min(1).max(10_000);
const scopes = z.union([z.literal(''), z.string().regex(/^[0-9a-zA-Z:/_.*-]+(,[0-9a-zA-Z:/_.*-]+)*$/)]).optional();
const webhook_secret = z.string().max(255).optional();
const appLink = z.string().min(1).max(2000);
const privateKey = z
  .string()
  .max(10_000)
  .regex(/^-----BEGIN (RSA )?PRIVATE KEY-----/, 'Must start with -----BEGIN RSA PRIVATE KEY-----')
  .regex(/-----END (RSA )?PRIVATE KEY-----\s*$/, 'Must end with -----END RSA PRIVATE KEY-----');

const client = <const T extends 'OAUTH1' | 'OAUTH2' | 'TBA'>(type: T) =>
  z.strictObject({ type: z.literal(type), client_id: clientId, client_secret: secret, scopes, webhook_secret });

/** Modes without an app of the developer: only the secret of incoming webhooks. */
const webhookOnly = <const T extends string>(type: T) => z.strictObject({ type: z.literal(type), webhook_secret });

export const appCredentials = z.discriminatedUnion('type', [
  client('OAUTH1'),
  client('OAUTH2'),
  client('TBA'),
  z.strictObject({
    type: z.literal('APP'),
    app_id: clientId,
    app_link: appLink,
    private_key: privateKey,
    webhook_secret,
  }),
  z.strictObject({
    type: z.literal('CUSTOM'),
    client_id: clientId,
    client_secret: secret,
    app_id: clientId,
    app_link: appLink,
    private_key: privateKey,
    webhook_secret,
  }),
  z.strictObject({ type: z.literal('OAUTH2_CC'), scopes, webhook_secret }),
  z.strictObject({
    type: z.literal('MCP_OAUTH2'),
    client_id: clientId.optional(),
    client_secret: secret.optional(),
    scopes,
    webhook_secret,
  }),
  z.strictObject({
    type: z.literal('MCP_OAUTH2_GENERIC'),
    client_name: z.string().max(255).optional(),
    client_uri: z.url().optional(),
    client_logo_uri: z.url().optional(),
    scopes,
    webhook_secret,
  }),
  z.strictObject({
    type: z.literal('INSTALL_PLUGIN'),
    app_link: appLink.optional(),
    username: z.string().max(1024).optional(),
    password: z.string().max(1024).optional(),
    webhook_secret,
  }),
  webhookOnly('API_KEY'),
  webhookOnly('BASIC'),
  webhookOnly('TWO_STEP'),
  webhookOnly('JWT'),
  webhookOnly('BILL'),
  webhookOnly('SIGNATURE'),
  webhookOnly('AWS_SIGV4'),
  webhookOnly('NONE'),
]);

const texts = z.record(z.string().min(1).max(255), z.string().max(10_000));

const shared = {
  display_name: z.string().min(1).max(255).optional(),
  forward_webhooks: z.boolean().optional(),
  credentials: appCredentials.optional(),
  integration_config: texts.optional(),
  custom: texts.optional(),
};

export const newIntegration = z.strictObject({ provider: functionName, unique_key: providerConfigKey, ...shared });

export const integrationPatch = z.strictObject({ unique_key: providerConfigKey.optional(), ...shared });

export const integration = z
  .object({
    unique_key: z.string(),
    provider: z.string(),
    display_name: z.string(),
    logo: z.string(),
    forward_webhooks: z.boolean(),
    created_at: time,
    updated_at: time,
    webhook_url: z.string().nullable().optional(),
    credentials: z.record(z.string(), z.string().nullable()).nullable().optional(),
  })
  .openapi('Integration');

/** From the wire's names to the domain's. */
export const toChange = (body: z.output<typeof integrationPatch>) => ({
  uniqueKey: body.unique_key,
  displayName: body.display_name,
  forwardWebhooks: body.forward_webhooks,
  credentials: body.credentials,
  config: body.integration_config,
  custom: body.custom,
});
