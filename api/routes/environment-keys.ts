// The account plane: keys of any environment. Needs scopes that begin with `account:environments:api_keys`.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import {
  type ApiKeyRow,
  createApiKey,
  deleteApiKey,
  listApiKeys,
  readApiKey,
} from '../../core/environments/api-keys.ts';
import { readEnvironment } from '../../core/environments/environments.ts';
import type { ApiEnv } from '../context.ts';
import { type NewKey, newKeyFields } from '../key-fields.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const key = z.object({
  id: z.string(),
  uuid: z.string(),
  display_name: z.string(),
  scopes: z.array(z.string()),
  last_used_at: z.string().nullable(),
  created_at: z.string(),
});

const toKey = (row: ApiKeyRow): z.infer<typeof key> => ({
  id: row.id,
  uuid: row.id,
  display_name: row.displayName,
  scopes: row.scopes,
  last_used_at: row.lastUsedAt?.toISOString() ?? null,
  created_at: row.createdAt.toISOString(),
});

const environmentParams = z.strictObject({ environment: z.uuid() });
const keyParams = z.strictObject({ environment: z.uuid(), key: z.uuid() });

const listKeys = createRoute({
  method: 'get',
  path: '/environments/{environment}/api-keys',
  summary: 'Keys of an environment',
  middleware: [requireScope('account:environments:api_keys:list')] as const,
  request: { params: environmentParams, query: z.strictObject({ display_name: z.string().optional() }) },
  responses: { 200: json('Keys', z.object({ data: z.array(key) })), ...errorResponses(400, 404) },
});

const createKey = createRoute({
  method: 'post',
  path: '/environments/{environment}/api-keys',
  summary: 'Makes a key for an environment',
  middleware: [requireScope('account:environments:api_keys:create')] as const,
  request: { params: environmentParams, query: noQuery, body: jsonBody(z.strictObject(newKeyFields)) },
  responses: {
    200: json('The key; its secret is shown this once', z.object({ data: key.extend({ secret: z.string() }) })),
    ...errorResponses(400, 404, 409),
  },
});

const getKey = createRoute({
  method: 'get',
  path: '/environments/{environment}/api-keys/{key}',
  summary: 'One key, without its secret',
  middleware: [requireScope('account:environments:api_keys:read')] as const,
  request: { params: keyParams },
  responses: { 200: json('The key', z.object({ data: key })), ...errorResponses(400, 404) },
});

const deleteKey = createRoute({
  method: 'delete',
  path: '/environments/{environment}/api-keys/{key}',
  summary: 'Revokes a key of an environment',
  middleware: [requireScope('account:environments:api_keys:delete')] as const,
  request: { params: keyParams },
  responses: { 200: json('Revoked', z.object({ success: z.literal(true) })), ...errorResponses(400, 404) },
});

/** The environment by its number in the body: the older form. */
const createKeyByNumber = createRoute({
  method: 'post',
  path: '/environment/api-keys',
  summary: 'Makes a key for an environment',
  middleware: [requireScope('account:environments:api_keys:create')] as const,
  request: { query: noQuery, body: jsonBody(z.strictObject({ environment_id: z.number().int(), ...newKeyFields })) },
  responses: {
    200: json('The key; its secret is shown this once', z.object({ data: key.extend({ secret: z.string() }) })),
    ...errorResponses(400, 404, 409),
  },
});

const deleteKeyByNumber = createRoute({
  method: 'delete',
  path: '/environment/api-keys',
  summary: 'Revokes a key of an environment',
  middleware: [requireScope('account:environments:api_keys:delete')] as const,
  request: { query: noQuery, body: jsonBody(z.strictObject({ environment_id: z.number().int(), key_id: z.uuid() })) },
  responses: { 200: json('Revoked', z.object({ success: z.literal(true) })), ...errorResponses(400, 404) },
});

/** An account key may give away what it holds and everything of the environment plane, which it already controls. */
const grantable = (scopes: readonly string[]) => [...scopes, 'environment:*'];

async function makeKey(c: Context<ApiEnv>, environment: string, fields: NewKey) {
  const { database } = c.var.services;
  const { id, name } = await readEnvironment(database, environment);
  const { row, secret } = await createApiKey(await database.forEnvironment(id), database.keys.purpose('api-key'), {
    environmentName: name,
    displayName: fields.display_name,
    scopes: fields.scopes,
    expiresAt: fields.expires_at,
    creatorScopes: grantable(c.var.apiKey.scopes),
  });
  return { ...toKey(row), secret };
}

export const environmentKeys = new OpenAPIHono<ApiEnv>()
  .openapi(listKeys, async function handleListKeys(c) {
    const { database } = c.var.services;
    const { id } = await readEnvironment(database, c.req.valid('param').environment);
    const displayName = c.req.valid('query').display_name;
    return c.json({ data: (await listApiKeys(await database.forEnvironment(id), { displayName })).map(toKey) }, 200);
  })
  .openapi(createKey, async function handleCreateKey(c) {
    return c.json({ data: await makeKey(c, c.req.valid('param').environment, c.req.valid('json')) }, 200);
  })
  .openapi(getKey, async function handleGetKey(c) {
    const { database } = c.var.services;
    const params = c.req.valid('param');
    const { id } = await readEnvironment(database, params.environment);
    return c.json({ data: toKey(await readApiKey(await database.forEnvironment(id), params.key)) }, 200);
  })
  .openapi(deleteKey, async function handleDeleteKey(c) {
    const { database } = c.var.services;
    const params = c.req.valid('param');
    const { id } = await readEnvironment(database, params.environment);
    await deleteApiKey(await database.forEnvironment(id), params.key);
    return c.json({ success: true as const }, 200);
  })
  .openapi(createKeyByNumber, async function handleCreateKeyByNumber(c) {
    const { environment_id, ...fields } = c.req.valid('json');
    return c.json({ data: await makeKey(c, String(environment_id), fields) }, 200);
  })
  .openapi(deleteKeyByNumber, async function handleDeleteKeyByNumber(c) {
    const { database } = c.var.services;
    const { environment_id, key_id } = c.req.valid('json');
    const { id } = await readEnvironment(database, String(environment_id));
    await deleteApiKey(await database.forEnvironment(id), key_id);
    return c.json({ success: true as const }, 200);
  });
