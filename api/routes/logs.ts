// Logs: operations, and the messages of one, also as a live tail.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { listMessages, listOperations, readOperation, waitForMessages } from '../../core/logs/read-logs.ts';
import type { ApiEnv } from '../context.ts';
import { time } from '../fields.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json } from '../openapi.ts';

const csv = z
  .string()
  .max(2000)
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .openapi({ type: 'string' });
const csvOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  csv.pipe(z.array(z.enum(values))).openapi({ type: 'string', example: values.join(',') });
const moment = z.iso.datetime({ offset: true });
const paging = { cursor: z.string().max(1000).optional(), limit: z.coerce.number().int().min(1).max(100).default(25) };

const states = ['waiting', 'running', 'success', 'failed', 'timeout', 'cancelled'] as const;
const details = z.record(z.string(), z.unknown());

const operation = z
  .object({
    id: z.string(),
    type: z.string(),
    action: z.string(),
    state: z.enum(states),
    title: z.string(),
    integration: z
      .object({ id: z.string().nullable(), unique_key: z.string(), provider: z.string().nullable() })
      .nullable(),
    connection: z.object({ id: z.string().nullable(), connection_id: z.string() }).nullable(),
    sync: z.object({ id: z.string().nullable(), name: z.string(), variant: z.string() }).nullable(),
    actor: z.object({ type: z.string(), id: z.string(), name: z.string() }).nullable(),
    run_id: z.string().nullable(),
    request: details.optional(),
    response: details.optional(),
    error: z.object({ type: z.string(), message: z.string(), payload: z.unknown().optional() }).nullable(),
    started_at: time.nullable(),
    ended_at: time.nullable(),
    duration_ms: z.number().nullable(),
    created_at: time,
  })
  .openapi('Operation');

const levels = ['debug', 'info', 'warn', 'error'] as const;
const message = z
  .object({
    id: z.string(),
    at: time,
    type: z.string(),
    source: z.string(),
    level: z.enum(levels),
    context: z.string(),
    message: z.string(),
    request: z.unknown().optional(),
    response: z.unknown().optional(),
    retry: z.unknown().optional(),
    persist: z.unknown().optional(),
    error: z.unknown().optional(),
    meta: details.optional(),
  })
  .openapi('LogMessage');

const list = createRoute({
  method: 'get',
  path: '/logs',
  summary: 'Operations, newest first',
  middleware: [requireScope('logs:read')] as const,
  request: {
    query: z.strictObject({
      ...paging,
      search: z.string().max(255).optional(),
      types: csv.optional(),
      states: csvOf(states).optional(),
      integrations: csv.optional(),
      connections: csv.optional(),
      syncs: csv.optional(),
      from: moment.optional(),
      to: moment.optional(),
    }),
  },
  responses: {
    200: json('A page', z.object({ data: z.array(operation), next_cursor: z.string().nullable() })),
    ...errorResponses(400),
  },
});

const params = z.strictObject({ id: z.uuid() });

const readOne = createRoute({
  method: 'get',
  path: '/logs/{id}',
  summary: 'One operation',
  middleware: [requireScope('logs:read')] as const,
  request: { params },
  responses: { 200: json('The operation', z.object({ data: operation })), ...errorResponses(400, 404) },
});

const messages = createRoute({
  method: 'get',
  path: '/logs/{id}/messages',
  summary: 'Messages of an operation, oldest first; with `wait` a live tail',
  middleware: [requireScope('logs:read')] as const,
  request: {
    params,
    query: z.strictObject({
      ...paging,
      search: z.string().max(255).optional(),
      levels: csvOf(levels).optional(),
      sources: csvOf(['internal', 'user']).optional(),
      wait: z.coerce.number().min(0).max(25).optional().openapi({ description: 'Seconds to wait for a message' }),
    }),
  },
  responses: {
    200: json('A page', z.object({ data: z.array(message), next_cursor: z.string().nullable() })),
    ...errorResponses(400, 404),
  },
});

export const logs = new OpenAPIHono<ApiEnv>()
  .openapi(list, async function handleList(c) {
    const { data, nextCursor } = await listOperations(c.var.environment, c.req.valid('query'));
    return c.json({ data, next_cursor: nextCursor }, 200);
  })
  .openapi(readOne, async function handleRead(c) {
    return c.json({ data: await readOperation(c.var.environment, c.req.valid('param').id) }, 200);
  })
  .openapi(messages, async function handleMessages(c) {
    const { wait, ...rest } = c.req.valid('query');
    const { environment } = c.var;
    const query = { ...rest, operationId: c.req.valid('param').id };
    if (wait === undefined) await readOperation(environment, query.operationId);
    const { data, nextCursor } =
      wait === undefined
        ? await listMessages(environment, query)
        : await waitForMessages(environment, query, { waitMs: wait * 1000, signal: c.req.raw.signal });
    return c.json({ data, next_cursor: nextCursor }, 200);
  });
