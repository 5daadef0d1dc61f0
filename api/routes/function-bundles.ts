// Deploys of functions that were declared with createFunction: what would change, and the change.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { SynclineError } from '../../core/errors.ts';
import { deploy, previewDeploy } from '../../core/functions/deploy.ts';
import type { DeployPlan, PlannedFunction } from '../../core/functions/plan-deploy.ts';
import { loadIntegration } from '../../core/integrations/read-integration.ts';
import { bundleBody, toBundleScope, toDesiredFunctions } from '../bundle-schemas.ts';
import type { ApiEnv } from '../context.ts';
import { logDeploy } from '../deploy-log.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const names = z.array(z.object({ integrationId: z.string(), name: z.string() }));
const result = z.object({ created: names, updated: names, unchanged: names, deleted: names });

const request = { query: noQuery, body: jsonBody(bundleBody) };

const preview = createRoute({
  method: 'post',
  path: '/functions/deployments/bundle/preview',
  summary: 'What a deploy of functions would change',
  middleware: [requireScope('deploy')] as const,
  request,
  responses: { 200: json('The difference', result), ...errorResponses(400, 404, 413) },
});

const run = createRoute({
  method: 'post',
  path: '/functions/deployments/bundle',
  summary: 'Makes functions what the payload says, in one transaction',
  middleware: [requireScope('deploy')] as const,
  request,
  responses: { 200: json('What was done', result), ...errorResponses(400, 404, 409, 413) },
});

function toResult({ created, updated, unchanged, deleted }: DeployPlan): z.infer<typeof result> {
  const wanted = (list: PlannedFunction[]) =>
    list.map(({ desired }) => ({ integrationId: desired.providerConfigKey, name: desired.name }));
  return {
    created: wanted(created),
    updated: wanted(updated),
    unchanged: wanted(unchanged),
    deleted: deleted.map(({ function: { name }, integration }) => ({ integrationId: integration.uniqueKey, name })),
  };
}

type Body = z.output<typeof bundleBody>;

/** @throws SynclineError `integration_not_found` */
async function mustExist(c: Context<ApiEnv>, { functions, reconciliationScope: scope }: Body): Promise<void> {
  const keys = new Set(functions.map(({ integrationId }) => integrationId));
  if (scope.kind === 'integration') keys.add(scope.integrationId);
  for (const key of keys) {
    await loadIntegration(c.var.environment, key).catch((cause) => {
      if (!(cause instanceof SynclineError) || cause.code !== 'not_found') throw cause;
      throw new SynclineError('integration_not_found', `There is no integration '${key}'.`, {
        status: 404,
        hint: `Create it first: POST /integrations with unique_key '${key}'.`,
      });
    });
  }
}

export const functionBundles = new OpenAPIHono<ApiEnv>()
  .openapi(preview, async function handlePreview(c) {
    const body = c.req.valid('json');
    await mustExist(c, body);
    const wanted = { desired: toDesiredFunctions(body), scope: toBundleScope(body) };
    return c.json(toResult(await previewDeploy(c.var.environment, wanted)), 200);
  })
  .openapi(run, async function handleDeploy(c) {
    const body = c.req.valid('json');
    await mustExist(c, body);
    const { plan } = await logDeploy(c, 'Deploy of functions', (actor) =>
      deploy(c.var.environment, c.var.services.poke, {
        desired: toDesiredFunctions(body),
        scope: toBundleScope(body),
        reconcile: true,
        actor,
      }),
    );
    return c.json(toResult(plan), 200);
  });
