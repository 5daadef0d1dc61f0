// Functions of an integration: what is deployed, its code, and removal of what no repository manages.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { deleteFunction } from '../../core/functions/delete-function.ts';
import { findFunction, listFunctions, toFunctionView } from '../../core/functions/read-functions.ts';
import { loadIntegration } from '../../core/integrations/read-integration.ts';
import type { ApiEnv } from '../context.ts';
import { actorOf } from '../deploy-log.ts';
import { functionName, functionType, providerConfigKey } from '../fields.ts';
import { functionView } from '../function-schemas.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json } from '../openapi.ts';

const ofIntegration = z.strictObject({ uniqueKey: providerConfigKey });
const ofFunction = z.strictObject({ uniqueKey: providerConfigKey, name: functionName });

const list = createRoute({
  method: 'get',
  path: '/integrations/{uniqueKey}/functions',
  summary: 'Deployed functions',
  middleware: [requireScope('functions:list')] as const,
  request: {
    params: ofIntegration,
    query: z.strictObject({
      type: functionType.optional(),
      search: z.string().min(1).max(255).optional(),
      page: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(100).default(20),
    }),
  },
  responses: {
    200: json(
      'A page',
      z.object({
        data: z.array(functionView),
        pagination: z.object({ total: z.number().int(), page: z.number().int(), limit: z.number().int() }),
      }),
    ),
    ...errorResponses(400, 404),
  },
});

const get = createRoute({
  method: 'get',
  path: '/integrations/{uniqueKey}/functions/{name}',
  summary: 'One function',
  middleware: [requireScope('functions:read')] as const,
  request: { params: ofFunction, query: z.strictObject({ type: functionType.optional() }) },
  responses: { 200: json('The function', z.object({ data: functionView })), ...errorResponses(400, 404, 409) },
});

const getCode = createRoute({
  method: 'get',
  path: '/integrations/{uniqueKey}/functions/{name}/code',
  summary: 'Its source, as the author wrote it',
  middleware: [requireScope('functions:read')] as const,
  request: { params: ofFunction, query: z.strictObject({ type: functionType.optional() }) },
  responses: {
    200: json('The source', z.object({ type: functionType, code: z.string() })),
    ...errorResponses(400, 404, 409),
  },
});

const remove = createRoute({
  method: 'delete',
  path: '/integrations/{uniqueKey}/functions/{name}',
  summary: 'Removes a function that no repository manages',
  middleware: [requireScope('functions:delete')] as const,
  request: { params: ofFunction, query: z.strictObject({ type: functionType }) },
  responses: {
    200: json('Removed', z.object({ data: z.object({ success: z.literal(true) }) })),
    ...errorResponses(400, 404, 409),
  },
});

export const functions = new OpenAPIHono<ApiEnv>()
  .openapi(list, async function handleList(c) {
    const { uniqueKey } = c.req.valid('param');
    const { type: wanted, search, page, limit } = c.req.valid('query');
    await loadIntegration(c.var.environment, uniqueKey);
    const matching = (await listFunctions(c.var.environment, uniqueKey)).filter(
      ({ function: row }) =>
        (!wanted || row.type === wanted) && (!search || row.name.toLowerCase().includes(search.toLowerCase())),
    );
    const data = matching.slice(page * limit, (page + 1) * limit).map(toFunctionView);
    return c.json({ data, pagination: { total: matching.length, page, limit } }, 200);
  })
  .openapi(get, async function handleGet(c) {
    const named = { ...c.req.valid('param'), type: c.req.valid('query').type };
    const found = await c.var.environment.transaction((tx) => findFunction(tx, named));
    return c.json({ data: toFunctionView(found) }, 200);
  })
  .openapi(getCode, async function handleGetCode(c) {
    const named = { ...c.req.valid('param'), type: c.req.valid('query').type };
    const found = await c.var.environment.transaction((tx) => findFunction(tx, named));
    return c.json({ type: found.function.type, code: found.version.source }, 200);
  })
  .openapi(remove, async function handleDelete(c) {
    const named = { ...c.req.valid('param'), type: c.req.valid('query').type };
    await deleteFunction(c.var.environment, c.var.services.poke, { ...named, actor: actorOf(c) });
    return c.json({ data: { success: true as const } }, 200);
  });
