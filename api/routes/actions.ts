// Actions: call a function once and answer with what it returned, as the bytes it returned.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { SynclineError } from '../../core/errors.ts';
import { integrationHeaders, toConnectionKey } from '../connection-headers.ts';
import type { ApiEnv } from '../context.ts';
import { flag, functionName } from '../fields.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const trigger = createRoute({
  method: 'post',
  path: '/action/trigger',
  summary: 'Runs an action of a connection and waits for its output',
  middleware: [requireScope('actions:execute')] as const,
  request: {
    query: noQuery,
    headers: integrationHeaders.extend({
      'x-async': flag.optional(),
      'x-max-retries': z.coerce.number().int().min(0).max(5).optional(),
    }),
    body: jsonBody(z.strictObject({ action_name: functionName, input: z.unknown().optional() })),
  },
  responses: { 200: json('The raw output', z.unknown()), ...errorResponses(400, 404, 424, 500, 503) },
});

export const actions = new OpenAPIHono<ApiEnv>().openapi(trigger, async function handleTrigger(c) {
  const headers = c.req.valid('header');
  const { action_name, input } = c.req.valid('json');
  if (headers['x-async']) {
    // Running it now would keep the caller waiting for what it wants to fetch later.
    throw new SynclineError('feature_disabled', 'Asynchronous actions are not available in this version.', {
      status: 403,
      hint: 'Call without X-Async.',
    });
  }
  const { output } = await c.var.services.runAction({
    environment: c.var.environment,
    ...toConnectionKey(headers),
    actionName: action_name,
    input,
    signal: c.req.raw.signal,
  });
  return c.body(output, 200, { 'Content-Type': 'application/json' }) as never;
});
