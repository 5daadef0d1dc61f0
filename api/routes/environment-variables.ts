// What functions read as environment variables.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { deleteVariable, listVariables, replaceVariables, setVariable } from '../../core/environments/variables.ts';
import type { ApiEnv } from '../context.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';
import { invalidBody } from '../validation.ts';

const name = z
  .string()
  .max(255)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/);
const value = z.string().max(65_536);
const variable = z.strictObject({ name, value });

const list = createRoute({
  method: 'get',
  path: '/environment-variables',
  summary: 'All variables with their values',
  middleware: [requireScope('variables:read')] as const,
  request: { query: noQuery },
  responses: { 200: json('By name', z.array(variable)), ...errorResponses(400) },
});

const replace = createRoute({
  method: 'put',
  path: '/environment-variables',
  summary: 'Replaces the whole set',
  middleware: [requireScope('variables:write')] as const,
  request: { query: noQuery, body: jsonBody(z.strictObject({ variables: z.array(variable) })) },
  responses: { 200: json('The new set', z.array(variable)), ...errorResponses(400, 413) },
});

const setOne = createRoute({
  method: 'put',
  path: '/environment-variables/{name}',
  summary: 'Sets one variable',
  middleware: [requireScope('variables:write')] as const,
  request: { params: z.strictObject({ name }), body: jsonBody(z.strictObject({ value })) },
  responses: { 200: json('As set', variable), ...errorResponses(400, 413) },
});

const deleteOne = createRoute({
  method: 'delete',
  path: '/environment-variables/{name}',
  summary: 'Removes one variable',
  middleware: [requireScope('variables:write')] as const,
  request: { params: z.strictObject({ name }) },
  responses: { 204: { description: 'Removed' }, ...errorResponses(404) },
});

export const environmentVariables = new OpenAPIHono<ApiEnv>()
  .openapi(list, async (c) => c.json(await listVariables(c.var.environment), 200))
  .openapi(replace, async function handleReplace(c) {
    const wanted = c.req.valid('json').variables;
    const names = new Set<string>();
    for (const [index, entry] of wanted.entries()) {
      if (names.has(entry.name))
        throw invalidBody('custom', ['variables', String(index), 'name'], 'The name occurs twice.');
      names.add(entry.name);
    }
    await replaceVariables(c.var.environment, wanted);
    return c.json(await listVariables(c.var.environment), 200);
  })
  .openapi(setOne, async function handleSet(c) {
    const entry = { name: c.req.valid('param').name, value: c.req.valid('json').value };
    await setVariable(c.var.environment, entry);
    return c.json(entry, 200);
  })
  .openapi(deleteOne, async function handleDelete(c) {
    await deleteVariable(c.var.environment, c.req.valid('param').name);
    return c.body(null, 204);
  });
