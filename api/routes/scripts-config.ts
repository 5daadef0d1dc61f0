// All functions of the environment at once, for clients that read them as configuration or as tools.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { listFunctions } from '../../core/functions/read-functions.ts';
import { toScriptsConfig, toTools } from '../../core/functions/scripts-config.ts';
import type { ApiEnv } from '../context.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json } from '../openapi.ts';

const config = z
  .custom<unknown>()
  .openapi({ type: ['array', 'object'], description: '`nango`: a list by integration; `openai`: `{data: tools}`' });

const get = createRoute({
  method: 'get',
  path: '/scripts/config',
  summary: 'Every function with its settings and schemas',
  middleware: [requireScope('integrations:list_functions')] as const,
  request: { query: z.strictObject({ format: z.enum(['nango', 'openai']).default('nango') }) },
  responses: { 200: json('The functions', config), ...errorResponses(400) },
});

export const scriptsConfig = new OpenAPIHono<ApiEnv>().openapi(get, async function handleGet(c) {
  const deployed = await listFunctions(c.var.environment);
  const answer = c.req.valid('query').format === 'openai' ? { data: toTools(deployed) } : toScriptsConfig(deployed);
  return c.body(JSON.stringify(answer), 200, { 'content-type': 'application/json' }) as never;
});
