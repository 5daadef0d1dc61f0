// Deploys: first what would change, for a person to confirm, then the change itself.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { SynclineError } from '../../core/errors.ts';
import { type DeployPreview, deploy as deployFunctions, previewDeploy } from '../../core/functions/deploy.ts';
import type { PlannedFunction } from '../../core/functions/plan-deploy.ts';
import type { DeployedFunction } from '../../core/functions/read-functions.ts';
import type { ApiEnv } from '../context.ts';
import { logDeploy } from '../deploy-log.ts';
import { confirmationBody, deployBody, toDesired, toScope } from '../deploy-schemas.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const syncItem = z.object({
  name: z.string(),
  providerConfigKey: z.string(),
  auto_start: z.boolean(),
  connections: z.number().int().optional(),
  id: z.number().int().optional(),
  enabled: z.boolean().optional(),
});
const actionItem = z.object({ name: z.string(), providerConfigKey: z.string(), id: z.number().int().optional() });
const onEventItem = z.object({ name: z.string(), providerConfigKey: z.string(), event: z.string() });

const confirmation = z.object({
  newSyncs: z.array(syncItem),
  updatedSyncs: z.array(syncItem),
  deletedSyncs: z.array(syncItem),
  newActions: z.array(actionItem),
  updatedActions: z.array(actionItem),
  deletedActions: z.array(actionItem),
  newOnEventScripts: z.array(onEventItem),
  updatedOnEventScripts: z.array(onEventItem),
  deletedOnEventScripts: z.array(onEventItem),
  deletedModels: z.array(z.string()),
});

const deployed = z.object({
  name: z.string(),
  version: z.string(),
  providerConfigKey: z.string(),
  type: z.enum(['sync', 'action', 'on-event']),
  models: z.array(z.string()),
  id: z.number().int(),
  last_deployed: z.string(),
  input: z.string().optional(),
  runs: z.string().nullable().optional(),
});

const confirm = createRoute({
  method: 'post',
  path: '/sync/deploy/confirmation',
  summary: 'What a deploy would change',
  middleware: [requireScope('deploy')] as const,
  request: { query: noQuery, body: jsonBody(confirmationBody) },
  responses: { 200: json('The difference', confirmation), ...errorResponses(400, 413) },
});

const run = createRoute({
  method: 'post',
  path: '/sync/deploy',
  summary: 'Makes functions what the payload says, in one transaction',
  middleware: [requireScope('deploy')] as const,
  request: { query: noQuery, body: jsonBody(deployBody) },
  responses: {
    200: json('The functions of the payload as they are now', z.array(deployed)),
    ...errorResponses(400, 409, 413),
  },
});

/** The first version of the peer's command line that sends compiled schemas. */
const oldestCli = [0, 39, 25] as const;

function refuseOldCli(userAgent: string | undefined): void {
  const version = /^nango-cli\/(\d+)\.(\d+)\.(\d+)/
    .exec(userAgent ?? '')
    ?.slice(1)
    .map(Number);
  if (!version) return;
  const difference = version.map((part, index) => part - oldestCli[index]!).find((step) => step !== 0) ?? 0;
  if (difference >= 0) return;
  throw new SynclineError('invalid_cli_version', `The command line is older than ${oldestCli.join('.')}.`, {
    status: 400,
    hint: 'Update it.',
  });
}

const common = (item: PlannedFunction | DeployedFunction) => {
  const current = 'desired' in item ? item.current : item;
  const [name, key, definition] =
    'desired' in item
      ? [item.desired.name, item.desired.providerConfigKey, item.desired.definition]
      : [item.function.name, item.integration.uniqueKey, item.version.definition];
  return {
    current,
    definition,
    named: { name, providerConfigKey: key, ...(current && { id: current.function.number }) },
  };
};

const typeOf = (item: PlannedFunction | DeployedFunction) =>
  'desired' in item ? item.desired.type : item.function.type;

function toConfirmation(preview: DeployPreview): z.infer<typeof confirmation> {
  const syncsOf = (items: (PlannedFunction | DeployedFunction)[]) =>
    items
      .filter((item) => typeOf(item) === 'sync')
      .map((item) => {
        const { current, definition, named } = common(item);
        const integrationId = 'desired' in item ? item.integrationId : item.integration.id;
        return {
          ...named,
          auto_start: definition.autoStart ?? true,
          connections: preview.connections.get(integrationId) ?? 0,
          ...(current && { enabled: current.function.enabled }),
        };
      });
  const actionsOf = (items: (PlannedFunction | DeployedFunction)[]) =>
    items.filter((item) => typeOf(item) === 'action').map((item) => common(item).named);
  const onEventsOf = (items: (PlannedFunction | DeployedFunction)[]) =>
    items
      .filter((item) => typeOf(item) === 'on-event')
      .map((item) => {
        const { definition, named } = common(item);
        return {
          name: named.name,
          providerConfigKey: named.providerConfigKey,
          event: definition.event ?? 'post-connection-creation',
        };
      });
  const { created, updated, unchanged, deleted } = preview;
  const kept = new Set([...created, ...updated, ...unchanged].flatMap(({ desired }) => desired.definition.models));
  const gone = deleted
    .filter((item) => item.function.type === 'sync')
    .flatMap(({ version }) => version.definition.models);
  return {
    newSyncs: syncsOf(created),
    updatedSyncs: syncsOf(updated),
    deletedSyncs: syncsOf(deleted),
    newActions: actionsOf(created),
    updatedActions: actionsOf(updated),
    deletedActions: actionsOf(deleted),
    newOnEventScripts: onEventsOf(created),
    updatedOnEventScripts: onEventsOf(updated),
    deletedOnEventScripts: onEventsOf(deleted),
    deletedModels: [...new Set(gone)].filter((model) => !kept.has(model)),
  };
}

const toDeployed = ({ function: row, version, integration }: DeployedFunction): z.infer<typeof deployed> => ({
  name: row.name,
  // Command lines print it; what an author leaves out is 0.0.1.
  version: version.label ?? '0.0.1',
  providerConfigKey: integration.uniqueKey,
  type: row.type,
  models: version.definition.models,
  id: row.number,
  last_deployed: version.createdAt.toISOString(),
  ...(version.definition.input !== undefined && { input: version.definition.input }),
  ...(row.type === 'sync' && { runs: version.definition.runs ?? null }),
});

export const deploy = new OpenAPIHono<ApiEnv>()
  .openapi(confirm, async function handleConfirm(c) {
    refuseOldCli(c.req.header('user-agent'));
    const body = c.req.valid('json');
    const preview = await previewDeploy(c.var.environment, { desired: toDesired(body), scope: toScope(body) });
    return c.json(toConfirmation(preview), 200);
  })
  .openapi(run, async function handleDeploy(c) {
    refuseOldCli(c.req.header('user-agent'));
    const body = c.req.valid('json');
    const done = await logDeploy(c, 'Deploy', (actor) =>
      deployFunctions(c.var.environment, c.var.services.poke, {
        desired: toDesired(body),
        scope: toScope(body),
        reconcile: body.reconcile,
        actor,
      }),
    );
    return c.json(done.functions.map(toDeployed), 200);
  });
