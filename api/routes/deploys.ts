// The history of deploys, and going back in it.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { DeployChange } from '../../core/db/schema/deploys.ts';
import { type Deployment, listDeploys } from '../../core/functions/deploy-history.ts';
import { previewRollback, rollbackDeploys } from '../../core/functions/rollback.ts';
import type { ApiEnv } from '../context.ts';
import { decodeCursor, encodeCursor, numberShape } from '../cursor.ts';
import { logDeploy } from '../deploy-log.ts';
import { functionType, time } from '../fields.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const change = z
  .object({
    provider_config_key: z.string(),
    type: functionType,
    name: z.string(),
    from: z.number().int().nullable(),
    to: z.number().int().nullable(),
  })
  .openapi('DeployChange', { description: 'Version numbers; null = the function does not exist' });

const deployment = z
  .object({
    id: z.number().int(),
    kind: z.enum(['deploy', 'rollback']),
    restored: z.number().int().nullable(),
    actor: z.object({ type: z.string(), id: z.string(), name: z.string() }).nullable(),
    changes: z.array(change),
    created_at: time,
  })
  .openapi('Deploy');

const list = createRoute({
  method: 'get',
  path: '/deploys',
  summary: 'Deploys that changed something, newest first',
  middleware: [requireScope('functions:list')] as const,
  request: {
    query: z.strictObject({
      cursor: z.string().max(1000).optional(),
      limit: z.coerce.number().int().min(1).max(100).default(25),
    }),
  },
  responses: {
    200: json('A page', z.object({ data: z.array(deployment), next_cursor: z.string().nullable() })),
    ...errorResponses(400),
  },
});

const target = z.strictObject({
  to: z
    .number()
    .int()
    .min(0)
    .optional()
    .openapi({ description: 'The deploy whose state comes back, 0 = before the first; default: one back' }),
});
const rolledBack = z.object({ data: z.object({ to: z.number().int(), changes: z.array(change) }) });

const preview = createRoute({
  method: 'post',
  path: '/deploys/rollback/preview',
  summary: 'What a rollback would change',
  middleware: [requireScope('deploy')] as const,
  request: { query: noQuery, body: jsonBody(target) },
  responses: { 200: json('The changes', rolledBack), ...errorResponses(400, 404, 409) },
});

const rollback = createRoute({
  method: 'post',
  path: '/deploys/rollback',
  summary: 'Makes all functions what they were after an earlier deploy',
  middleware: [requireScope('deploy')] as const,
  request: { query: noQuery, body: jsonBody(target) },
  responses: { 200: json('What was changed', rolledBack), ...errorResponses(400, 404, 409) },
});

const toChange = ({ providerConfigKey, type, name, from, to }: DeployChange): z.infer<typeof change> => ({
  provider_config_key: providerConfigKey,
  type,
  name,
  from: from?.number ?? null,
  to: to?.number ?? null,
});

const toDeployment = (row: Deployment): z.infer<typeof deployment> => ({
  id: row.number,
  kind: row.kind,
  restored: row.restored,
  actor: row.actor,
  changes: row.changes.map(toChange),
  created_at: row.createdAt.toISOString(),
});

export const deploys = new OpenAPIHono<ApiEnv>()
  .openapi(list, async function handleList(c) {
    const { cursor, limit } = c.req.valid('query');
    const before = cursor === undefined ? undefined : Number(decodeCursor(cursor, numberShape));
    const rows = await listDeploys(c.var.environment, { before, limit: limit + 1 });
    const data = rows.slice(0, limit).map(toDeployment);
    return c.json({ data, next_cursor: rows.length > limit ? encodeCursor(data.at(-1)!.id) : null }, 200);
  })
  .openapi(preview, async function handlePreview(c) {
    const { to, changes } = await previewRollback(c.var.environment, c.req.valid('json').to);
    return c.json({ data: { to, changes: changes.map(toChange) } }, 200);
  })
  .openapi(rollback, async function handleRollback(c) {
    const asked = c.req.valid('json').to;
    const { to, changes } = await logDeploy(c, 'Rollback', (actor) =>
      rollbackDeploys(c.var.environment, c.var.services.poke, { to: asked, actor }),
    );
    return c.json({ data: { to, changes: changes.map(toChange) } }, 200);
  });
