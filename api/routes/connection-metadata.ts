// Metadata: the app's own data on its connections, read by functions.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { writeMetadata } from '../../core/connections/write-metadata.ts';
import type { ApiEnv } from '../context.ts';
import { connectionId, providerConfigKey } from '../fields.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const metadata = z.record(z.string(), z.unknown());

const body = z.strictObject({
  connection_id: z.union([connectionId, z.array(connectionId).min(1)]),
  provider_config_key: providerConfigKey,
  metadata,
});

const toWrite = ({ connection_id, provider_config_key, metadata }: z.output<typeof body>) => ({
  providerConfigKey: provider_config_key,
  connectionIds: Array.isArray(connection_id) ? connection_id : [connection_id],
  metadata,
});

function routesAt<const Path extends '/connections/metadata' | '/connection/metadata'>(path: Path) {
  const replace = createRoute({
    method: 'post',
    path,
    summary: 'Replaces the metadata of connections, all or none',
    middleware: [requireScope('connections:update')] as const,
    request: { query: noQuery, body: jsonBody(body) },
    responses: { 201: json('What was sent', body), ...errorResponses(400, 404) },
  });

  const merge = createRoute({
    method: 'patch',
    path,
    summary: 'Merges into the metadata of connections, all or none',
    middleware: [requireScope('connections:update')] as const,
    request: { query: noQuery, body: jsonBody(body) },
    responses: { 200: json('What was sent', body), ...errorResponses(400, 404) },
  });

  return new OpenAPIHono<ApiEnv>()
    .openapi(replace, async function handleReplace(c) {
      const sent = c.req.valid('json');
      await writeMetadata(c.var.environment, { ...toWrite(sent), mode: 'replace' });
      return c.json(sent, 201);
    })
    .openapi(merge, async function handleMerge(c) {
      const sent = c.req.valid('json');
      await writeMetadata(c.var.environment, { ...toWrite(sent), mode: 'merge' });
      return c.json(sent, 200);
    });
}

export const connectionMetadata = new OpenAPIHono<ApiEnv>();
connectionMetadata.route('/', routesAt('/connections/metadata'));
connectionMetadata.route('/', routesAt('/connection/metadata'));
