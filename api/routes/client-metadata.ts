// Our client metadata document, for authorization servers that take its URL as a client id.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { readClientMetadata } from '../../core/credentials/mcp/read-client-metadata.ts';
import type { ApiEnv } from '../context.ts';
import { providerConfigKey } from '../fields.ts';
import { errorResponses, json } from '../openapi.ts';

const document = z
  .object({
    client_id: z.string(),
    client_name: z.string(),
    client_uri: z.string(),
    logo_uri: z.string().optional(),
    redirect_uris: z.array(z.string()),
    grant_types: z.array(z.string()),
    response_types: z.array(z.string()),
    token_endpoint_auth_method: z.literal('none'),
  })
  .openapi('ClientMetadata');

const get = createRoute({
  method: 'get',
  path: '/oauth/client-metadata/{environmentId}/{providerConfigKey}',
  summary: 'Who we are, for authorization servers that fetch it',
  security: [],
  request: { params: z.object({ environmentId: z.string(), providerConfigKey }) },
  responses: { 200: json('The document', document), ...errorResponses(404) },
});

/** Mounted in front of the keys: it is public by its nature. */
export const clientMetadataRoute = new OpenAPIHono<ApiEnv>().openapi(get, async function handleGet(c) {
  const { database, config } = c.var.services;
  const metadata = await readClientMetadata(database, { ...c.req.valid('param'), publicUrl: config.publicUrl });
  return c.json({ ...metadata }, 200);
});
