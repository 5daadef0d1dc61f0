// The body of a deploy, as the command lines send it, and what it says about each function.
import { z } from '@hono/zod-openapi';
import type { FunctionDefinition } from '../core/db/schema/functions.ts';
import { SynclineError } from '../core/errors.ts';
import type { DesiredFunction } from '../core/functions/desired-function.ts';
import { frequencyProblem } from '../core/syncs/frequency.ts';
import { functionName, providerConfigKey } from './fields.ts';

const modelName = z.string().min(1).max(255);
const fileBody = z.strictObject({ js: z.string().min(1), ts: z.string() });
const jsonSchema = z.looseObject({ definitions: z.record(z.string(), z.unknown()) });

const endpoint = z
  .union([
    z.strictObject({ method: z.string(), path: z.string(), group: z.string().min(1).max(64).optional() }),
    z.partialRecord(z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']), z.string()),
  ])
  .openapi({ type: 'object' });

const flowConfig = z
  .strictObject({
    type: z.enum(['sync', 'action']),
    syncName: functionName,
    providerConfigKey,
    models: z.array(modelName),
    runs: z.string().max(255).nullable(),
    auto_start: z.boolean().default(false),
    track_deletes: z.boolean().default(false),
    sync_type: z.enum(['incremental', 'full']).optional(),
    attributes: z.record(z.string(), z.unknown()).optional(),
    metadata: z
      .strictObject({ scopes: z.array(z.string()).optional(), description: z.string().max(2000).optional() })
      .optional(),
    model_schema: z.union([z.string(), z.array(z.unknown())]).optional(),
    input: modelName.optional(),
    endpoints: z.array(endpoint).optional(),
    fileBody,
    version: z.string().max(255).optional(),
    webhookSubscriptions: z.array(z.string()).optional(),
    models_json_schema: jsonSchema.optional(),
    features: z.array(z.enum(['checkpoints'])).optional(),
  })
  .superRefine((flow, context) => {
    if (flow.sync_type === 'incremental' && flow.track_deletes) {
      context.addIssue({
        code: 'custom',
        path: ['track_deletes'],
        message: 'An incremental sync cannot track deletes.',
      });
    }
    const problem = flow.type === 'sync' && flow.runs ? frequencyProblem(flow.runs) : undefined;
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['runs'], message: problem });
  });

const script = { name: functionName, fileBody };
const onEventName = z.enum(['post-connection-creation', 'pre-connection-deletion', 'validate-connection']);

const payload = {
  flowConfigs: z.array(flowConfig),
  onEventScriptsByProvider: z
    .array(z.strictObject({ providerConfigKey, scripts: z.array(z.strictObject({ ...script, event: onEventName })) }))
    .optional(),
  postConnectionScriptsByProvider: z
    .array(z.strictObject({ providerConfigKey, scripts: z.array(z.strictObject(script)) }))
    .optional(),
  jsonSchema: jsonSchema.optional(),
  reconcile: z.boolean(),
  debug: z.boolean(),
  deployMode: z.enum(['all', 'single', 'integration']).optional(),
  singleDeployMode: z.boolean().optional(),
  sdkVersion: z
    .string()
    .regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/)
    .optional(),
  source: z.enum(['standalone', 'repo']).default('repo'),
};

export const confirmationBody = z.strictObject({ ...payload, nangoYamlBody: z.string().optional() });
export const deployBody = z.strictObject({ ...payload, nangoYamlBody: z.string() });

type Body = z.output<typeof confirmationBody>;
type Flow = z.output<typeof flowConfig>;

export const toScope = (body: Body) => ({
  mode: body.singleDeployMode ? ('single' as const) : (body.deployMode ?? 'all'),
  declared: 'by kind' as const,
  includesOnEvents: body.onEventScriptsByProvider !== undefined || body.postConnectionScriptsByProvider !== undefined,
  source: body.source,
});

/** @throws SynclineError `deploy_missing_json_schema_model` */
export function toDesired(body: Body): DesiredFunction[] {
  const shared = { source: body.source, ...(body.sdkVersion && { sdkVersion: body.sdkVersion }) };
  const onEvents = [
    ...(body.onEventScriptsByProvider ?? []),
    ...(body.postConnectionScriptsByProvider ?? []).map(({ scripts, ...rest }) => ({
      ...rest,
      scripts: scripts.map((entry) => ({ ...entry, event: 'post-connection-creation' as const })),
    })),
  ];
  return [
    ...body.flowConfigs.map((flow) => fromFlow(flow, body.jsonSchema, shared)),
    ...onEvents.flatMap((group) =>
      group.scripts.map(({ name, event, fileBody: { js, ts } }, position) => ({
        providerConfigKey: group.providerConfigKey,
        type: 'on-event' as const,
        name,
        js,
        source: ts,
        definition: { models: [], jsonSchema: null, scopes: [], endpoints: [], event, position, ...shared },
      })),
    ),
  ];
}

function fromFlow(
  flow: Flow,
  common: Body['jsonSchema'],
  shared: Pick<FunctionDefinition, 'source' | 'sdkVersion'>,
): DesiredFunction {
  const schema = flow.models_json_schema ?? common;
  const missing = [...flow.models, ...(flow.input ? [flow.input] : [])].find(
    (name) => !Object.hasOwn(schema?.definitions ?? {}, name),
  );
  if (missing !== undefined) {
    throw new SynclineError(
      'deploy_missing_json_schema_model',
      `The ${flow.type} '${flow.syncName}' names the model '${missing}', which has no JSON schema.`,
      {
        status: 400,
        hint: 'Compile again with a current command line.',
      },
    );
  }
  const definition: FunctionDefinition = {
    ...(flow.metadata?.description !== undefined && { description: flow.metadata.description }),
    models: flow.models,
    ...(flow.input !== undefined && { input: flow.input }),
    ...(flow.type === 'action' && flow.models[0] !== undefined && { output: flow.models[0] }),
    jsonSchema: schema ? { definitions: schema.definitions } : null,
    scopes: flow.metadata?.scopes ?? [],
    endpoints: (flow.endpoints ?? []).flatMap(toEndpoints),
    ...(flow.attributes && { attributes: flow.attributes }),
    ...(flow.webhookSubscriptions && { webhookSubscriptions: flow.webhookSubscriptions }),
    ...(flow.features && { features: flow.features }),
    ...(flow.type === 'sync' && {
      ...(flow.runs && { runs: flow.runs }),
      autoStart: flow.auto_start,
      trackDeletes: flow.track_deletes,
      syncType: flow.sync_type ?? 'incremental',
    }),
    ...shared,
  };
  return {
    providerConfigKey: flow.providerConfigKey,
    type: flow.type,
    name: flow.syncName,
    label: flow.version,
    js: flow.fileBody.js,
    source: flow.fileBody.ts,
    definition,
  };
}

/** `{GET: '/x'}` is the older way to write `{method: 'GET', path: '/x'}`. */
function toEndpoints(given: z.output<typeof endpoint>): FunctionDefinition['endpoints'] {
  if ('method' in given && typeof given.method === 'string') {
    const { method, path, group } = given as { method: string; path: string; group?: string };
    return [{ method, path, ...(group !== undefined && { group }) }];
  }
  return Object.entries(given).map(([method, path]) => ({ method, path: String(path) }));
}
