// Variants of a sync: the same function again for one connection, with a schedule and records of its own.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { createVariant, deleteVariant } from '../../core/syncs/variants.ts';
import type { ApiEnv } from '../context.ts';
import { connectionId, functionName, providerConfigKey } from '../fields.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';
import { pokeSyncs } from '../poke-syncs.ts';

const path = '/sync/{name}/variant/{variant}';
const request = {
  params: z.strictObject({ name: functionName, variant: functionName }),
  query: noQuery,
  body: jsonBody(z.strictObject({ provider_config_key: providerConfigKey, connection_id: connectionId })),
};

const create = createRoute({
  method: 'post',
  path,
  summary: 'Makes a variant of a sync for one connection; 100 at most',
  middleware: [requireScope('syncs:variant:create')] as const,
  request,
  responses: {
    200: json('Made', z.object({ id: z.uuid(), name: z.string(), variant: z.string() })),
    ...errorResponses(400),
  },
});

const remove = createRoute({
  method: 'delete',
  path,
  summary: 'Deletes a variant, its records with it',
  middleware: [requireScope('syncs:variant:delete')] as const,
  request,
  responses: { 200: json('Deleted', z.object({ success: z.literal(true) })), ...errorResponses(400, 404) },
});

type Body = z.output<(typeof request.body.content)['application/json']['schema']>;
const ownerOf = ({ provider_config_key, connection_id }: Body) => ({
  providerConfigKey: provider_config_key,
  connectionId: connection_id,
});

export const syncVariants = new OpenAPIHono<ApiEnv>()
  .openapi(create, async function handleCreate(c) {
    const { name, variant } = c.req.valid('param');
    const { id } = await createVariant(c.var.environment, { ...ownerOf(c.req.valid('json')), name, variant });
    await pokeSyncs(c, [id]);
    return c.json({ id, name, variant }, 200);
  })
  .openapi(remove, async function handleRemove(c) {
    const key = { ...ownerOf(c.req.valid('json')), ...c.req.valid('param') };
    const { stop } = await deleteVariant(c.var.environment, key);
    await pokeSyncs(c, stop, { stopRun: true });
    return c.json({ success: true as const }, 200);
  });
