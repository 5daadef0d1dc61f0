// API keys of the caller's own environment. The secret is in the answer to the creation and nowhere else.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { type ApiKeyRow, createApiKey, deleteApiKey, listApiKeys } from '../../core/environments/api-keys.ts';
import type { ApiEnv } from '../context.ts';
import { decodeCursor, encodeCursor, uuidShape } from '../cursor.ts';
import { newKeyFields } from '../key-fields.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const apiKey = z.object({
  id: z.string(),
  display_name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
  created_by: z.string().nullable(),
});

const toApiKey = (row: ApiKeyRow): z.infer<typeof apiKey> => ({
  id: row.id,
  display_name: row.displayName,
  prefix: row.prefix,
  scopes: row.scopes,
  created_at: row.createdAt.toISOString(),
  expires_at: row.expiresAt?.toISOString() ?? null,
  last_used_at: row.lastUsedAt?.toISOString() ?? null,
  created_by: null,
});

const list = createRoute({
  method: 'get',
  path: '/api-keys',
  summary: 'Keys of this environment, newest first',
  middleware: [requireScope('api_keys:list')] as const,
  request: {
    query: z.strictObject({
      cursor: z.string().max(1000).optional(),
      limit: z.coerce.number().int().min(1).max(100).default(25),
    }),
  },
  responses: {
    200: json('Keys', z.object({ data: z.array(apiKey), next_cursor: z.string().nullable() })),
    ...errorResponses(400),
  },
});

const create = createRoute({
  method: 'post',
  path: '/api-keys',
  summary: 'Makes a key that may do no more than yours',
  middleware: [requireScope('api_keys:create')] as const,
  request: { query: noQuery, body: jsonBody(z.strictObject(newKeyFields)) },
  responses: {
    201: json('The key; its secret is shown this once', z.object({ data: apiKey.extend({ secret: z.string() }) })),
    ...errorResponses(400, 409),
  },
});

const remove = createRoute({
  method: 'delete',
  path: '/api-keys/{id}',
  summary: 'Revokes a key, also your own',
  middleware: [requireScope('api_keys:delete')] as const,
  request: { params: z.strictObject({ id: z.uuid() }) },
  responses: { 204: { description: 'Revoked' }, ...errorResponses(400, 404) },
});

export const apiKeys = new OpenAPIHono<ApiEnv>()
  .openapi(list, async function handleList(c) {
    const { cursor, limit } = c.req.valid('query');
    const before = cursor === undefined ? undefined : decodeCursor(cursor, uuidShape);
    const rows = await listApiKeys(c.var.environment, { before, limit: limit + 1 });
    const page = rows.slice(0, limit);
    return c.json(
      { data: page.map(toApiKey), next_cursor: rows.length > limit ? encodeCursor(page.at(-1)!.id) : null },
      200,
    );
  })
  .openapi(create, async function handleCreate(c) {
    const { display_name, scopes, expires_at } = c.req.valid('json');
    const { row, secret } = await createApiKey(c.var.environment, c.var.services.database.keys.purpose('api-key'), {
      environmentName: c.var.environmentName,
      displayName: display_name,
      scopes,
      expiresAt: expires_at,
      creatorScopes: c.var.apiKey.scopes,
    });
    return c.json({ data: { ...toApiKey(row), secret } }, 201);
  })
  .openapi(remove, async function handleDelete(c) {
    await deleteApiKey(c.var.environment, c.req.valid('param').id);
    return c.body(null, 204);
  });
