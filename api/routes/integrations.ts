// Integrations: providers configured in this environment, with the developer's app.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { grants } from '../../core/environments/scopes.ts';
import { SynclineError } from '../../core/errors.ts';
import { deleteIntegration } from '../../core/integrations/delete-integration.ts';
import { toIntegrationView, type ViewOptions } from '../../core/integrations/integration-view.ts';
import {
  listIntegrations,
  loadIntegration,
  openIntegration,
  unknownProviderConfig,
} from '../../core/integrations/read-integration.ts';
import { createIntegration, updateIntegration } from '../../core/integrations/write-integration.ts';
import type { ApiEnv, Services } from '../context.ts';
import { flag, providerConfigKey } from '../fields.ts';
import { integration, integrationPatch, newIntegration, toChange } from '../integration-schemas.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const one = z.object({ data: integration });
const params = z.strictObject({ uniqueKey: providerConfigKey });
const mayReadCredentials = (scopes: readonly string[]) => grants(scopes, 'environment:integrations:read_credentials');

const viewOf = ({ catalogue, config }: Services, include: ViewOptions['include'] = []): ViewOptions => ({
  catalogue,
  publicUrl: config.publicUrl,
  include,
});

const list = createRoute({
  method: 'get',
  path: '/integrations',
  summary: 'Integrations by unique key',
  middleware: [requireScope('integrations:list', 'integrations:list_credentials')] as const,
  request: { query: z.strictObject({ connect_session_token: z.string().optional() }) },
  responses: { 200: json('Integrations', z.object({ data: z.array(integration) })), ...errorResponses(400) },
});

const create = createRoute({
  method: 'post',
  path: '/integrations',
  summary: 'Configures a provider',
  middleware: [requireScope('integrations:create')] as const,
  request: { query: noQuery, body: jsonBody(newIntegration) },
  responses: { 200: json('The integration', one), ...errorResponses(400) },
});

const get = createRoute({
  method: 'get',
  path: '/integrations/{uniqueKey}',
  summary: 'One integration; `include` adds its webhook URL or the credentials of the app',
  middleware: [requireScope('integrations:read', 'integrations:read_credentials')] as const,
  request: {
    params,
    query: z.strictObject({
      include: z
        .preprocess(
          (value) => (typeof value === 'string' ? [value] : value),
          z.array(z.enum(['webhook', 'credentials'])),
        )
        .optional()
        .openapi({ type: 'array', items: { type: 'string', enum: ['webhook', 'credentials'] } }),
    }),
  },
  responses: { 200: json('The integration', one), ...errorResponses(400, 404) },
});

const patch = createRoute({
  method: 'patch',
  path: '/integrations/{uniqueKey}',
  summary: 'Changes an integration',
  middleware: [requireScope('integrations:update')] as const,
  request: { params, query: noQuery, body: jsonBody(integrationPatch) },
  responses: { 200: json('The integration', one), ...errorResponses(400, 404) },
});

const remove = createRoute({
  method: 'delete',
  path: '/integrations/{uniqueKey}',
  summary: 'Removes an integration with its connections, syncs, records and functions',
  middleware: [requireScope('integrations:delete')] as const,
  request: { params },
  responses: {
    200: json('Accepted; it is invisible from now on', z.object({ success: z.literal(true) })),
    ...errorResponses(400, 404),
  },
});

const getConfig = createRoute({
  method: 'get',
  path: '/config/{providerConfigKey}',
  summary: 'Older form of GET /integrations/{uniqueKey}',
  deprecated: true,
  middleware: [requireScope('integrations:read', 'integrations:read_credentials')] as const,
  request: { params: z.strictObject({ providerConfigKey }), query: z.strictObject({ include_creds: flag.optional() }) },
  responses: {
    200: json(
      'The integration',
      z.object({
        config: z
          .record(z.string(), z.unknown())
          .openapi({ description: '`unique_key`, `provider`, `syncs`, `actions`, credentials' }),
      }),
    ),
    ...errorResponses(400),
  },
});

export const integrations = new OpenAPIHono<ApiEnv>()
  .openapi(list, async function handleList(c) {
    const allowed = c.var.connectSession?.allowedIntegrations;
    const rows = (await listIntegrations(c.var.environment)).filter((row) => allowed?.includes(row.uniqueKey) ?? true);
    const options = viewOf(c.var.services);
    return c.json({ data: rows.map((row) => toIntegrationView(c.var.environment, row, options)) }, 200);
  })
  .openapi(create, async function handleCreate(c) {
    const { provider, ...body } = c.req.valid('json');
    const wanted = { provider, ...toChange(body), uniqueKey: body.unique_key };
    const row = await createIntegration(c.var.environment, c.var.services.catalogue, wanted);
    return c.json({ data: toIntegrationView(c.var.environment, row, viewOf(c.var.services)) }, 200);
  })
  .openapi(get, async function handleGet(c) {
    const { include = [] } = c.req.valid('query');
    if (include.includes('credentials') && !mayReadCredentials(c.var.apiKey.scopes)) {
      throw new SynclineError('forbidden', 'Insufficient scope. Required: environment:integrations:read_credentials', {
        status: 403,
      });
    }
    const { row } = await loadIntegration(c.var.environment, c.req.valid('param').uniqueKey);
    return c.json({ data: toIntegrationView(c.var.environment, row, viewOf(c.var.services, include)) }, 200);
  })
  .openapi(patch, async function handlePatch(c) {
    const { uniqueKey } = c.req.valid('param');
    const change = toChange(c.req.valid('json'));
    const row = await updateIntegration(c.var.environment, c.var.services.catalogue, uniqueKey, change);
    return c.json({ data: toIntegrationView(c.var.environment, row, viewOf(c.var.services)) }, 200);
  })
  .openapi(remove, async function handleDelete(c) {
    await deleteIntegration(c.var.environment, c.var.services.poke, c.req.valid('param').uniqueKey);
    return c.json({ success: true as const }, 200);
  })
  .openapi(getConfig, async function handleGetConfig(c) {
    const key = c.req.valid('param').providerConfigKey;
    const row = (await listIntegrations(c.var.environment)).find(({ uniqueKey }) => uniqueKey === key);
    if (!row) throw unknownProviderConfig(key, {});
    const shown = c.req.valid('query').include_creds === true && mayReadCredentials(c.var.apiKey.scopes);
    const { type: _, ...credentials } = (shown && openIntegration(c.var.environment, row).credentials) || { type: '' };
    const config: Record<string, unknown> = {
      unique_key: row.uniqueKey,
      provider: row.provider,
      syncs: [],
      actions: [],
      ...credentials,
    };
    return c.json({ config }, 200);
  });
