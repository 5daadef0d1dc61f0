// Functions of createFunction as the command lines send them, and the kind of function that each one's trigger makes it.
import { z } from '@hono/zod-openapi';
import type { FunctionDefinition, FunctionType } from '../core/db/schema/functions.ts';
import { SynclineError } from '../core/errors.ts';
import type { DesiredFunction } from '../core/functions/desired-function.ts';
import { frequencyProblem } from '../core/syncs/frequency.ts';
import { functionName, providerConfigKey } from './fields.ts';

const ref = z.string().regex(/^#\/definitions\/.+$/);
const onEvent = z.enum(['post-connection-creation', 'pre-connection-deletion', 'validate-connection']);

const trigger = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('schedule'),
    frequency: z.string().max(255).superRefine(checkFrequency),
    autoStart: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('http'),
    subscriptions: z.array(z.string().min(1).max(255)).optional(),
    debounce: z.record(z.string(), z.unknown()).nullish(),
  }),
  z.strictObject({ kind: z.literal('event'), events: z.array(onEvent).min(1) }),
]);

const artifact = z
  .strictObject({
    name: functionName,
    integrationId: providerConfigKey,
    description: z.string().max(2000),
    trigger: trigger.nullish(),
    requires: z
      .strictObject({
        connection: z.boolean().optional(),
        outbound: z.boolean().optional(),
        invoke: z.boolean().optional(),
      })
      .nullish(),
    capabilities: z.strictObject({
      usesRecords: z.boolean(),
      usesOutbound: z.boolean(),
      usesCheckpoints: z.boolean(),
      usesMetadata: z.boolean(),
      usesInvoke: z.boolean(),
    }),
    limits: z
      .strictObject({
        concurrency: z.strictObject({ perConnection: z.union([z.literal(1), z.literal('max')]) }).optional(),
      })
      .nullish(),
    input_schema_ref: ref.nullable(),
    output_schema_ref: ref.nullable(),
    model_schema_refs: z.array(ref),
    metadata_schema_ref: ref.nullable(),
    checkpoint_schema_ref: ref.nullable(),
    json_schema: z.looseObject({ definitions: z.record(z.string(), z.unknown()) }),
    fileBody: z.strictObject({ js: z.string().min(1), ts: z.string() }),
  })
  .superRefine(checkReferences)
  .openapi('FunctionArtifact');

export type Artifact = z.output<typeof artifact>;

export const bundleBody = z.strictObject({
  reconciliationScope: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('environment') }),
    z.strictObject({ kind: z.literal('integration'), integrationId: providerConfigKey }),
  ]),
  functions: z.array(artifact),
});

type BundleBody = z.output<typeof bundleBody>;

interface Refinement {
  addIssue(issue: { code: 'custom'; path?: string[]; message: string }): void;
}

function checkFrequency(text: string, context: Refinement): void {
  const message = frequencyProblem(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
}

/** Flags are derived from what the function declares: one that says otherwise comes from a faulty compiler. */
function checkReferences(
  given: {
    capabilities: { usesRecords: boolean; usesCheckpoints: boolean; usesMetadata: boolean; usesInvoke: boolean };
    requires?: { invoke?: boolean | undefined } | null | undefined;
    input_schema_ref: string | null;
    output_schema_ref: string | null;
    model_schema_refs: string[];
    metadata_schema_ref: string | null;
    checkpoint_schema_ref: string | null;
    json_schema: { definitions: Record<string, unknown> };
  },
  context: Refinement,
): void {
  const { capabilities } = given;
  const declared = {
    usesRecords: given.model_schema_refs.length > 0,
    usesCheckpoints: given.checkpoint_schema_ref !== null,
    usesMetadata: given.metadata_schema_ref !== null,
    usesInvoke: given.requires?.invoke === true,
  };
  for (const key of Object.keys(declared) as (keyof typeof declared)[]) {
    if (declared[key] === capabilities[key]) continue;
    const message = `${key} is ${capabilities[key]}, the function's declaration says ${declared[key]}.`;
    context.addIssue({ code: 'custom', path: ['capabilities', key], message });
  }
  const named = [
    given.input_schema_ref,
    given.output_schema_ref,
    given.metadata_schema_ref,
    given.checkpoint_schema_ref,
    ...given.model_schema_refs,
  ];
  for (const name of named.map(nameOf)) {
    if (name === undefined || Object.hasOwn(given.json_schema.definitions, name)) continue;
    context.addIssue({ code: 'custom', path: ['json_schema'], message: `There is no definition ${name}.` });
  }
}

const nameOf = (given: string | null) => given?.slice('#/definitions/'.length);

const types: Record<NonNullable<Artifact['trigger']>['kind'], FunctionType> = {
  none: 'action',
  schedule: 'sync',
  http: 'sync',
  event: 'on-event',
};

/** What createFunction can say and this version does not do: told at the deploy, never at run time. */
function unsupported({ trigger: on, requires, limits, model_schema_refs: models }: Artifact): string | undefined {
  const kind = on?.kind ?? 'none';
  if (on?.kind === 'http' && on.debounce) return 'a debounced trigger';
  if (on?.kind === 'event' && on.events.length > 1) return 'several events (declare one function for each)';
  if (requires?.connection === false) return 'a function without a connection';
  if (requires?.invoke === true) return 'nango.invoke';
  if (requires?.outbound === false) return 'a function without outbound requests';
  if (kind === 'none' && models.length > 0) return 'records in a function without a schedule or webhook';
  if (kind === 'none' && limits?.concurrency?.perConnection === 1) return 'a limit of one invocation per connection';
  return undefined;
}

/** @throws SynclineError `unsupported_function`, `functions_deployment_error` for a function outside of the scope */
export function toDesiredFunctions({ functions, reconciliationScope: scope }: BundleBody): DesiredFunction[] {
  return functions.map((given, position) => {
    const { integrationId, name } = given;
    const what = unsupported(given);
    if (what !== undefined) {
      throw new SynclineError('unsupported_function', `The function '${name}' of '${integrationId}' needs ${what}.`, {
        status: 400,
        hint: 'This version does not support that; nothing was deployed.',
        payload: { function: name, provider_config_key: integrationId },
      });
    }
    if (scope.kind === 'integration' && scope.integrationId !== integrationId) {
      const message = `The function '${name}' is of '${integrationId}', outside of the deploy's scope '${scope.integrationId}'.`;
      throw new SynclineError('functions_deployment_error', message, { status: 400 });
    }
    const on = given.trigger ?? { kind: 'none' as const };
    return {
      providerConfigKey: integrationId,
      type: types[on.kind],
      name,
      js: given.fileBody.js,
      source: given.fileBody.ts,
      definition: { ...describe(given), ...settings(given, position) },
    };
  });
}

function describe(given: Artifact): FunctionDefinition {
  const input = nameOf(given.input_schema_ref);
  const output = nameOf(given.output_schema_ref);
  const metadata = nameOf(given.metadata_schema_ref);
  const action = (given.trigger?.kind ?? 'none') === 'none';
  const taken = action ? input : metadata;
  const models = given.model_schema_refs.map((model) => nameOf(model)!);
  return {
    description: given.description,
    models: action ? (output === undefined ? [] : [output]) : models,
    ...(taken !== undefined && { input: taken }),
    ...(action && output !== undefined && { output }),
    jsonSchema: { definitions: given.json_schema.definitions },
    scopes: [],
    endpoints: [],
    features: given.checkpoint_schema_ref === null ? [] : ['checkpoints'],
    source: 'repo',
  };
}

function settings({ trigger: on }: Artifact, position: number): Partial<FunctionDefinition> {
  switch (on?.kind) {
    case 'schedule':
      return { trigger: on, runs: on.frequency, autoStart: on.autoStart ?? true, syncType: 'full' };
    case 'http':
      // Without a frequency it runs when a webhook comes, and its syncs are there for the records it saves.
      return {
        trigger: { kind: 'http', subscriptions: on.subscriptions },
        autoStart: false,
        webhookSubscriptions: on.subscriptions ?? ['*'],
      };
    case 'event':
      return { trigger: on, event: on.events[0]!, position };
    default:
      return { trigger: { kind: 'none' } };
  }
}

export const toBundleScope = ({ reconciliationScope: scope }: BundleBody) => ({
  ...(scope.kind === 'integration'
    ? { mode: 'integration' as const, providerConfigKey: scope.integrationId }
    : { mode: 'all' as const }),
  declared: 'createFunction' as const,
  includesOnEvents: true,
  source: 'repo',
});
