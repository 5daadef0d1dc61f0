// Records: read a stream page by page, prune what the caller has stored elsewhere.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { pruneRecords } from '../../core/records/prune-records.ts';
import { connectionHeaders, toConnectionKey } from '../connection-headers.ts';
import type { ApiEnv } from '../context.ts';
import { functionName } from '../fields.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';
import { answerPage, cursor, pageQuery } from '../records-page.ts';

const model = z.string().min(1).max(255);
const recordsQuery = pageQuery.extend({ model });

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
        model,
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

export const records = new OpenAPIHono<ApiEnv>()
  .openapi(list, async function handleList(c) {
    const { model, ...query } = c.req.valid('query');
    return (await answerPage(c, { ...toConnectionKey(c.req.valid('header')), model }, query)) as never;
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
