// Forms of calls on connections that older clients still send: a flat import, and metadata by path and header.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { importConnection } from '../../core/connections/import-connection.ts';
import { writeMetadata } from '../../core/connections/write-metadata.ts';
import type { Credential } from '../../core/credentials/credential.ts';
import { SynclineError } from '../../core/errors.ts';
import { integrationNotFound, loadIntegration } from '../../core/integrations/read-integration.ts';
import { connection } from '../connection-schemas.ts';
import type { ApiEnv } from '../context.ts';
import { connectionId, providerConfigKey } from '../fields.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const metadata = z.record(z.string(), z.unknown());
const secret = z.string().min(1).max(16_384).optional();

const flatImport = z.strictObject({
  connection_id: connectionId,
  provider_config_key: providerConfigKey,
  access_token: secret,
  refresh_token: secret,
  expires_at: z.iso.datetime({ offset: true, local: true }).optional(),
  expires_in: z.coerce.number().int().positive().optional(),
  no_expiration: z.boolean().optional(),
  oauth_token: secret,
  oauth_token_secret: secret,
  username: z.string().max(1024).optional(),
  password: z.string().max(1024).optional(),
  api_key: z.string().min(1).max(1024).optional(),
  metadata: metadata.optional(),
  connection_config: metadata.optional(),
  oauth_client_id_override: z.string().max(255).optional(),
  oauth_client_secret_override: z.string().max(2048).optional(),
});

type FlatImport = z.output<typeof flatImport>;

const missing = (code: string, field: string) => new SynclineError(code, `\`${field}\` is missing.`, { status: 400 });

function oauth2Of(body: FlatImport): Credential {
  if (body.access_token === undefined) throw missing('missing_access_token', 'access_token');
  const expires_at =
    body.expires_in === undefined ? body.expires_at : new Date(Date.now() + body.expires_in * 1000).toISOString();
  if (body.refresh_token !== undefined && expires_at === undefined && !body.no_expiration) {
    throw missing('missing_expires_at', 'expires_at');
  }
  const sent = {
    access_token: body.access_token,
    ...(body.refresh_token !== undefined && { refresh_token: body.refresh_token }),
    ...(expires_at !== undefined && { expires_at }),
  };
  const { oauth_client_id_override: client_id, oauth_client_secret_override: client_secret } = body;
  const override =
    client_id === undefined && client_secret === undefined ? {} : { config_override: { client_id, client_secret } };
  return { type: 'OAUTH2', ...sent, ...override, raw: sent };
}

/** The mode of the provider says which fields count. */
function credentialOf(authMode: string, body: FlatImport): Credential {
  switch (authMode) {
    case 'OAUTH2':
      return oauth2Of(body);
    case 'OAUTH1': {
      const { oauth_token, oauth_token_secret } = body;
      if (oauth_token === undefined || oauth_token_secret === undefined)
        throw missing('missing_access_token', 'oauth_token');
      return { type: 'OAUTH1', oauth_token, oauth_token_secret, raw: { oauth_token, oauth_token_secret } };
    }
    case 'BASIC':
      if (body.username === undefined) throw missing('missing_basic_username', 'username');
      return { type: 'BASIC', username: body.username, password: body.password ?? '' };
    case 'API_KEY':
      if (body.api_key === undefined) throw missing('missing_api_key', 'api_key');
      return { type: 'API_KEY', apiKey: body.api_key };
    case 'NONE':
      return { type: 'NONE' };
    default:
      throw new SynclineError('invalid_auth_mode', '', {
        status: 400,
        hint: 'Use POST /connections for this auth mode.',
      });
  }
}

const create = createRoute({
  method: 'post',
  path: '/connection',
  summary: 'Imports a connection from a flat body',
  deprecated: true,
  middleware: [requireScope('connections:create')] as const,
  request: { query: noQuery, body: jsonBody(flatImport) },
  responses: { 201: json('The connection', connection), ...errorResponses(400, 404) },
});

const ofConnection = {
  params: z.strictObject({ connectionId }),
  headers: z.object({ 'provider-config-key': providerConfigKey }),
  body: jsonBody(metadata),
};

const replace = createRoute({
  method: 'post',
  path: '/connection/{connectionId}/metadata',
  summary: 'Replaces the metadata; the body is the metadata itself',
  deprecated: true,
  middleware: [requireScope('connections:update')] as const,
  request: ofConnection,
  responses: { 201: { description: 'Replaced' }, ...errorResponses(400, 404) },
});

const merge = createRoute({
  method: 'patch',
  path: '/connection/{connectionId}/metadata',
  summary: 'Merges into the metadata; the body is what is merged',
  deprecated: true,
  middleware: [requireScope('connections:update')] as const,
  request: ofConnection,
  responses: { 200: json('The merged metadata', metadata), ...errorResponses(400, 404) },
});

export const legacyConnections = new OpenAPIHono<ApiEnv>()
  .openapi(create, async function handleCreate(c) {
    const body = c.req.valid('json');
    const { row } = await loadIntegration(c.var.environment, body.provider_config_key);
    const provider = c.var.services.catalogue.get(row.provider);
    if (!provider) throw integrationNotFound(body.provider_config_key);
    const view = await importConnection(c.var.environment, c.var.services, {
      providerConfigKey: body.provider_config_key,
      connectionId: body.connection_id,
      credential: credentialOf(provider.auth_mode, body),
      metadata: body.metadata,
      connectionConfig: body.connection_config,
    });
    return c.json(view, 201);
  })
  .openapi(replace, async function handleReplace(c) {
    await writeMetadata(c.var.environment, {
      providerConfigKey: c.req.valid('header')['provider-config-key'],
      connectionIds: [c.req.valid('param').connectionId],
      metadata: c.req.valid('json'),
      mode: 'replace',
    });
    return c.body(null, 201);
  })
  .openapi(merge, async function handleMerge(c) {
    const [merged = {}] = await writeMetadata(c.var.environment, {
      providerConfigKey: c.req.valid('header')['provider-config-key'],
      connectionIds: [c.req.valid('param').connectionId],
      metadata: c.req.valid('json'),
      mode: 'merge',
    });
    return c.json(merged, 200);
  });
