// The account plane: environments and, from outside, their keys. Needs scopes that begin with `account:`.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import {
  type ApiKeyRow,
  createApiKey,
  deleteApiKey,
  listApiKeys,
  readApiKey,
} from '../../core/environments/api-keys.ts';
import { createEnvironment, listEnvironments, readEnvironment } from '../../core/environments/environments.ts';
import { grants } from '../../core/environments/scopes.ts';
import { SynclineError } from '../../core/errors.ts';
import type { ApiEnv } from '../context.ts';
import { environmentName } from '../fields.ts';
import { newKeyFields } from '../key-fields.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const environment = z.object({ id: z.number().int(), uuid: z.string(), name: z.string(), is_production: z.boolean() });

const list = createRoute({
  method: 'get',
  path: '/environments',
  summary: 'Environments of this instance',
  middleware: [requireScope('account:environments:list')] as const,
  request: { query: z.strictObject({ name: z.string().optional() }) },
  responses: { 200: json('Environments', z.object({ data: z.array(environment) })), ...errorResponses(400) },
});

const create = createRoute({
  method: 'post',
  path: '/environments',
  summary: 'Makes an environment; one for production needs a scope of its own',
  middleware: [requireScope('account:environments:create')] as const,
  request: {
    query: noQuery,
    body: jsonBody(z.strictObject({ name: environmentName, is_production: z.boolean().optional() })),
  },
  responses: {
    200: json('Made', z.object({ data: z.object({ id: z.number().int(), uuid: z.string(), name: z.string() }) })),
    ...errorResponses(400, 409),
  },
});

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

/** An account key may give away what it holds and everything of the environment plane, which it already controls. */
const grantable = (scopes: readonly string[]) => [...scopes, 'environment:*'];

export const environments = new OpenAPIHono<ApiEnv>()
  .openapi(list, async function handleList(c) {
    const found = await listEnvironments(c.var.services.database, c.req.valid('query').name);
    const data = found.map(({ id, number, name, isProduction }) => ({
      id: number,
      uuid: id,
      name,
      is_production: isProduction,
    }));
    return c.json({ data }, 200);
  })
  .openapi(create, async function handleCreate(c) {
    const { name, is_production = false } = c.req.valid('json');
    if (is_production && !grants(c.var.apiKey.scopes, 'account:environments:set_production')) {
      const message = 'Insufficient scope. Required: account:environments:set_production';
      throw new SynclineError('forbidden', message, { status: 403 });
    }
    const made = await createEnvironment(c.var.services.database, name, is_production);
    return c.json({ data: { id: made.number, uuid: made.id, name: made.name } }, 200);
  })
  .openapi(listKeys, async function handleListKeys(c) {
    const { database } = c.var.services;
    const { id } = await readEnvironment(database, c.req.valid('param').environment);
    const displayName = c.req.valid('query').display_name;
    return c.json({ data: (await listApiKeys(await database.forEnvironment(id), { displayName })).map(toKey) }, 200);
  })
  .openapi(createKey, async function handleCreateKey(c) {
    const { database } = c.var.services;
    const { id, name } = await readEnvironment(database, c.req.valid('param').environment);
    const { display_name, scopes, expires_at } = c.req.valid('json');
    const { row, secret } = await createApiKey(await database.forEnvironment(id), database.keys.purpose('api-key'), {
      environmentName: name,
      displayName: display_name,
      scopes,
      expiresAt: expires_at,
      creatorScopes: grantable(c.var.apiKey.scopes),
    });
    return c.json({ data: { ...toKey(row), secret } }, 200);
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
  });
