// Records: read a stream page by page, prune what the caller has stored elsewhere.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { pruneRecords } from '../../core/records/prune-records.ts';
import { readRecords } from '../../core/records/read-records.ts';
import { connectionHeaders, toConnectionKey } from '../connection-headers.ts';
import type { ApiEnv } from '../context.ts';
import { functionName } from '../fields.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const oldestMs = 365 * 24 * 3_600_000;
const cursor = z.string().min(1).max(1000);
const limit = z.coerce.number().int().min(1).max(10_000);

const since = z.iso
  .datetime({ offset: true })
  .refine((text) => !(Date.now() - Date.parse(text) > oldestMs), { error: 'must not be older than 365 days' });

const actions = z
  .string()
  .transform((text) => text.split(',').map((action) => action.trim().toLowerCase()))
  .pipe(z.array(z.enum(['added', 'updated', 'deleted'])))
  .openapi({ type: 'string', example: 'added,updated' });

const id = z.string().min(1).max(256);
const ids = z
  .union([id.transform((one) => [one]), z.array(id).max(100)])
  .openapi({ type: 'array', items: { type: 'string' }, maxItems: 100 });

const recordsQuery = z.strictObject({
  model: z.string().min(1).max(255),
  variant: functionName.default('base'),
  cursor: cursor.optional(),
  limit: limit.default(100),
  filter: actions.optional(),
  modified_after: since.optional(),
  delta: since.optional().openapi({ deprecated: true }),
  ids: ids.optional(),
  'ids[]': ids.optional(),
});

const moment = z.string().openapi({ format: 'date-time', description: 'Microseconds' });
const record = z
  .looseObject({
    id: z.union([z.string(), z.number()]),
    _nango_metadata: z.object({
      first_seen_at: moment,
      last_modified_at: moment,
      last_action: z.enum(['ADDED', 'UPDATED', 'DELETED']),
      deleted_at: moment.nullable(),
      pruned_at: moment.nullable(),
      cursor: z.string(),
    }),
  })
  .openapi('Record');

const page = z.object({
  records: z.array(record),
  next_cursor: z.string().nullable().openapi({ description: 'Null on the last page' }),
  cursor: z.string().nullable().openapi({ description: 'Where to resume, on the last page too' }),
});

const list = createRoute({
  method: 'get',
  path: '/records',
  summary: 'Records of a model in the order of their last change',
  middleware: [requireScope('records:read')] as const,
  request: { query: recordsQuery, headers: connectionHeaders },
  responses: { 200: json('A page', page), ...errorResponses(400, 409) },
});

const prune = createRoute({
  method: 'patch',
  path: '/records/prune',
  summary: 'Removes the payload of records up to a cursor',
  middleware: [requireScope('records:write')] as const,
  request: {
    query: noQuery,
    headers: connectionHeaders,
    body: jsonBody(
      z.strictObject({
        model: z.string().min(1).max(255),
        variant: functionName.default('base'),
        until_cursor: cursor,
        limit: z.number().int().min(1).max(10_000).default(1000),
      }),
    ),
  },
  responses: {
    200: json('How many', z.object({ count: z.number(), has_more: z.boolean() })),
    ...errorResponses(400, 409),
  },
});

/** Pulled: a slow client holds the reading back, one that goes away ends it. */
const toStream = (chunks: AsyncGenerator<Buffer, void>) =>
  new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return();
    },
  });

export const records = new OpenAPIHono<ApiEnv>()
  .openapi(list, async function handleList(c) {
    const { filter, modified_after, delta, ids: named, 'ids[]': bracketed, ...query } = c.req.valid('query');
    const chunks = await readRecords(c.var.environment, {
      ...query,
      ...toConnectionKey(c.req.valid('header')),
      cursorKey: c.var.services.database.keys.purpose('cursor'),
      actions: filter,
      modifiedAfter: modified_after ?? delta,
      ids: named || bracketed ? [...(named ?? []), ...(bracketed ?? [])] : undefined,
    });
    // The bytes are the schema's JSON; nobody here has seen them as objects.
    return c.body(toStream(chunks), 200, { 'Content-Type': 'application/json' }) as never;
  })
  .openapi(prune, async function handlePrune(c) {
    const { until_cursor, ...body } = c.req.valid('json');
    const { count, hasMore } = await pruneRecords(c.var.environment, {
      ...body,
      ...toConnectionKey(c.req.valid('header')),
      cursorKey: c.var.services.database.keys.purpose('cursor'),
      untilCursor: until_cursor,
    });
    return c.json({ count, has_more: hasMore }, 200);
  });
