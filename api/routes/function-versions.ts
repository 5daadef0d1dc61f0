// The versions of a function: which there are, going back to one, and switching the function off and on.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { enableFunction } from '../../core/functions/enable-function.ts';
import { type FunctionVersion, listVersions } from '../../core/functions/list-versions.ts';
import { toFunctionView } from '../../core/functions/read-functions.ts';
import { rollbackFunction } from '../../core/functions/rollback.ts';
import type { ApiEnv } from '../context.ts';
import { logDeploy } from '../deploy-log.ts';
import { functionName, functionType, providerConfigKey, time } from '../fields.ts';
import { functionView } from '../function-schemas.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody } from '../openapi.ts';

const params = z.strictObject({ uniqueKey: providerConfigKey, name: functionName });
const query = z.strictObject({ type: functionType.optional() });

const version = z
  .object({
    version: z.number().int(),
    label: z.string().nullable(),
    current: z.boolean(),
    bundle_hash: z.string(),
    size_bytes: z.number().int(),
    created_at: time,
  })
  .openapi('FunctionVersion');

const list = createRoute({
  method: 'get',
  path: '/integrations/{uniqueKey}/functions/{name}/versions',
  summary: 'Kept versions of a function, newest first',
  middleware: [requireScope('functions:read')] as const,
  request: { params, query },
  responses: { 200: json('Versions', z.object({ data: z.array(version) })), ...errorResponses(400, 404, 409) },
});

const rollback = createRoute({
  method: 'post',
  path: '/integrations/{uniqueKey}/functions/{name}/rollback',
  summary: 'Makes an earlier version current; runs in progress keep theirs',
  middleware: [requireScope('deploy')] as const,
  request: {
    params,
    query,
    body: jsonBody(z.strictObject({ version: z.number().int().min(1).optional() })),
  },
  responses: {
    200: json('The function', z.object({ data: functionView.extend({ version: z.number().int() }) })),
    ...errorResponses(400, 404, 409),
  },
});

const update = createRoute({
  method: 'patch',
  path: '/integrations/{uniqueKey}/functions/{name}',
  summary: 'Switches a function off or on',
  middleware: [requireScope('functions:update')] as const,
  request: { params, query, body: jsonBody(z.strictObject({ enabled: z.boolean() })) },
  responses: { 200: json('The function', z.object({ data: functionView })), ...errorResponses(400, 404, 409) },
});

const toVersion = (entry: FunctionVersion): z.infer<typeof version> => ({
  version: entry.number,
  label: entry.label,
  current: entry.current,
  bundle_hash: entry.bundleHash,
  size_bytes: entry.sizeBytes,
  created_at: entry.createdAt.toISOString(),
});

export const functionVersions = new OpenAPIHono<ApiEnv>()
  .openapi(list, async function handleList(c) {
    const named = { ...c.req.valid('param'), type: c.req.valid('query').type };
    return c.json({ data: (await listVersions(c.var.environment, named)).map(toVersion) }, 200);
  })
  .openapi(rollback, async function handleRollback(c) {
    const named = { ...c.req.valid('param'), type: c.req.valid('query').type };
    const { version: asked } = c.req.valid('json');
    const now = await logDeploy(c, `Rollback of ${named.name}`, (actor) =>
      rollbackFunction(c.var.environment, c.var.services.poke, { ...named, version: asked, actor }),
    );
    return c.json({ data: { ...toFunctionView(now), version: now.version.number } }, 200);
  })
  .openapi(update, async function handleUpdate(c) {
    const named = { ...c.req.valid('param'), type: c.req.valid('query').type };
    const { enabled } = c.req.valid('json');
    const now = await enableFunction(c.var.environment, c.var.services.poke, { ...named, enabled });
    return c.json({ data: toFunctionView(now) }, 200);
  });
