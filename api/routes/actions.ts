// Actions: call a function once and answer with what it returned, as the bytes it returned; or take the call and answer later.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { acceptAction } from '../../core/actions/accept-action.ts';
import { statusUrlOf } from '../../core/actions/end-attempt.ts';
import { readResult } from '../../core/actions/read-result.ts';
import { integrationHeaders, toConnectionKey } from '../connection-headers.ts';
import type { ApiEnv } from '../context.ts';
import { flag, functionName } from '../fields.ts';
import { assertFirst } from '../middleware/idempotency.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const trigger = createRoute({
  method: 'post',
  path: '/action/trigger',
  summary: 'Runs an action of a connection and waits for its output; with X-Async it answers at once',
  middleware: [requireScope('actions:execute')] as const,
  request: {
    query: noQuery,
    headers: integrationHeaders.extend({
      'x-async': flag.optional(),
      'x-max-retries': z.coerce.number().int().min(0).max(5).optional(),
    }),
    body: jsonBody(z.strictObject({ action_name: functionName, input: z.unknown().optional() })),
  },
  responses: {
    200: json('The raw output', z.unknown()),
    202: json('Taken; the result comes at `statusUrl`', z.object({ id: z.uuid(), statusUrl: z.string() })),
    ...errorResponses(400, 404, 409, 410, 422, 424, 500, 503),
  },
});

const read = createRoute({
  method: 'get',
  path: '/action/{id}',
  summary: 'The result of an asynchronous action; kept for 5 days',
  middleware: [requireScope('actions:execute')] as const,
  request: { params: z.strictObject({ id: z.uuid() }) },
  responses: { 200: json('The raw output', z.unknown()), ...errorResponses(400, 404, 410, 424, 500) },
});

export const actions = new OpenAPIHono<ApiEnv>()
  .openapi(trigger, async function handleTrigger(c) {
    const headers = c.req.valid('header');
    const { action_name, input } = c.req.valid('json');
    const { environment, services, idempotency } = c.var;
    const call = { ...toConnectionKey(headers), actionName: action_name, input };
    if (headers['x-async']) {
      const { id } = await acceptAction(environment, services, {
        ...call,
        maxRetries: headers['x-max-retries'],
        idempotencyKey: idempotency?.key,
      });
      const statusUrl = statusUrlOf({ via: 'action', id });
      return c.json({ id, statusUrl }, 202, { Location: statusUrl });
    }
    assertFirst(idempotency);
    const { output } = await services.runAction({ environment, ...call });
    return c.body(output, 200, { 'Content-Type': 'application/json' }) as never;
  })
  .openapi(read, async function handleRead(c) {
    const output = await readResult(c.var.environment, c.req.valid('param').id);
    return c.body(output, 200, { 'Content-Type': 'application/json' }) as never;
  });
