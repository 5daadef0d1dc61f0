// The account plane: environments of this instance. Needs scopes that begin with `account:`.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { createEnvironment, listEnvironments } from '../../core/environments/environments.ts';
import { grants } from '../../core/environments/scopes.ts';
import { SynclineError } from '../../core/errors.ts';
import type { ApiEnv } from '../context.ts';
import { environmentName } from '../fields.ts';
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

/** What the peer's command line asks for when it lets a person choose. */
const names = createRoute({
  method: 'get',
  path: '/api/v1/environments',
  summary: 'Names of the environments; any key may ask',
  responses: {
    200: json('Names', z.object({ data: z.array(z.object({ name: z.string(), is_production: z.boolean() })) })),
    ...errorResponses(),
  },
});

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
  .openapi(names, async function handleNames(c) {
    const found = await listEnvironments(c.var.services.database);
    return c.json({ data: found.map(({ name, isProduction }) => ({ name, is_production: isProduction })) }, 200);
  });
