// Syncs in pages, and their runs: look at them, stop one, decide about deletes that the guard held back.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { confirmDeletes } from '../../core/syncs/delete-guard.ts';
import { listSyncs } from '../../core/syncs/list-syncs.ts';
import { cancelRun, listRuns, readRun } from '../../core/syncs/runs.ts';
import { syncStates } from '../../core/syncs/status.ts';
import type { ApiEnv } from '../context.ts';
import { connectionId, functionName, providerConfigKey } from '../fields.ts';
import { given } from '../given.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';
import { pokeSyncs } from '../poke-syncs.ts';
import { runSchema, runStates, syncStatusSchema } from '../sync-shape.ts';

const params = z.strictObject({ id: z.uuid() });
const paging = { cursor: z.string().max(1000).optional(), limit: z.coerce.number().int().min(1).max(100).default(25) };
const moment = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .openapi({ type: 'string', format: 'date-time' });

const list = createRoute({
  method: 'get',
  path: '/syncs',
  summary: 'All syncs of the environment',
  middleware: [requireScope('syncs:read')] as const,
  request: {
    query: z.strictObject({
      ...paging,
      provider_config_key: providerConfigKey.optional(),
      connection_id: connectionId.optional(),
      name: functionName.optional(),
      variant: functionName.optional(),
      status: z.enum(syncStates).optional(),
    }),
  },
  responses: {
    200: json(
      'A page',
      z.object({
        data: z.array(
          syncStatusSchema.extend({
            provider_config_key: z.string(),
            auto_start: z.boolean(),
            active_run_id: z.string().nullable(),
            last_run_id: z.string().nullable(),
          }),
        ),
        next_cursor: z.string().nullable(),
      }),
    ),
    ...errorResponses(400),
  },
});

const runsOfSync = createRoute({
  method: 'get',
  path: '/syncs/{id}/runs',
  summary: 'Runs of a sync, newest first',
  middleware: [requireScope('syncs:read')] as const,
  request: {
    params,
    query: z.strictObject({
      ...paging,
      states: z
        .string()
        .transform((text) => text.split(','))
        .pipe(z.array(z.enum(runStates)))
        .optional()
        .openapi({ type: 'string', example: 'failed,cancelled' }),
      from: moment.optional(),
      to: moment.optional(),
    }),
  },
  responses: {
    200: json('A page', z.object({ data: z.array(runSchema), next_cursor: z.string().nullable() })),
    ...errorResponses(400, 404),
  },
});

const confirm = createRoute({
  method: 'post',
  path: '/syncs/{id}/confirm-deletes',
  summary: 'Decides about deletes that the guard held back',
  middleware: [requireScope('syncs:execute')] as const,
  request: {
    params,
    query: noQuery,
    body: jsonBody(z.strictObject({ run_id: z.uuid(), decision: z.enum(['delete', 'keep']) })),
  },
  responses: {
    200: json(
      'Records deleted, by model',
      z.object({ success: z.literal(true), deleted: z.record(z.string(), z.number()) }),
    ),
    ...errorResponses(400, 404, 409),
  },
});

const read = createRoute({
  method: 'get',
  path: '/runs/{id}',
  summary: 'One run',
  middleware: [requireScope('syncs:read')] as const,
  request: { params },
  responses: { 200: json('The run', z.object({ data: runSchema })), ...errorResponses(400, 404) },
});

const cancel = createRoute({
  method: 'post',
  path: '/runs/{id}/cancel',
  summary: 'Commits the page in hand, then stops the run',
  middleware: [requireScope('syncs:execute')] as const,
  request: { params, query: noQuery },
  responses: { 202: json('Stopping', z.object({ success: z.literal(true) })), ...errorResponses(400, 404, 409) },
});

export const syncsAndRuns = new OpenAPIHono<ApiEnv>()
  .openapi(list, async function handleList(c) {
    const { provider_config_key, connection_id, ...rest } = c.req.valid('query');
    const filter = given({ ...rest, providerConfigKey: provider_config_key, connectionId: connection_id });
    return c.json(await listSyncs(c.var.environment, filter), 200);
  })
  .openapi(runsOfSync, async function handleRuns(c) {
    const filter = given({ ...c.req.valid('query'), syncId: c.req.valid('param').id });
    return c.json(await listRuns(c.var.environment, filter), 200);
  })
  .openapi(confirm, async function handleConfirm(c) {
    const { run_id, decision } = c.req.valid('json');
    const deleted = await confirmDeletes(c.var.environment, {
      syncId: c.req.valid('param').id,
      runId: run_id,
      decision,
    });
    return c.json({ success: true as const, deleted }, 200);
  })
  .openapi(read, async function handleRead(c) {
    return c.json({ data: await readRun(c.var.environment, c.req.valid('param').id) }, 200);
  })
  .openapi(cancel, async function handleCancel(c) {
    const { poke } = await cancelRun(c.var.environment, c.req.valid('param').id);
    await pokeSyncs(c, poke, { stopRun: true });
    return c.json({ success: true as const }, 202);
  });
