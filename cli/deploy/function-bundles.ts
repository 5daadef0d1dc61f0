// Functions of createFunction in the form that POST /functions/deployments/bundle takes; they are deployed apart from the others.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Compiled, CompiledFunction } from '../compile/compile-functions.ts';
import type { GeneralDefinition } from '../compile/read-definition.ts';
import type { Selection } from './payload.ts';

const items = z.array(z.object({ integrationId: z.string(), name: z.string() }));

export const bundlePlanSchema = z.object({ created: items, updated: items, unchanged: items, deleted: items });
export type BundlePlan = z.infer<typeof bundlePlanSchema>;

export const noBundles: BundlePlan = { created: [], updated: [], unchanged: [], deleted: [] };

export function renderBundles({ created, updated, deleted }: BundlePlan): string[] {
  const lines = (sign: string, list: BundlePlan['created']) =>
    list.map(({ integrationId, name }) => `${sign} function ${integrationId}/${name}`);
  return [...lines('+', created), ...lines('~', updated), ...lines('-', deleted)];
}

/** undefined when one other function is deployed alone: then these stay as they are. */
export function toBundlePayload({ functions }: Pick<Compiled, 'functions'>, { sync, action, integration }: Selection) {
  if (sync !== undefined || action !== undefined) return undefined;
  const scope =
    integration === undefined
      ? { kind: 'environment' as const }
      : { kind: 'integration' as const, integrationId: integration };
  const own = functions.flatMap((compiled) => {
    const { definition, entry } = compiled;
    const wanted = integration === undefined || entry.providerConfigKey === integration;
    return definition.type === 'function' && wanted ? [toArtifact(compiled, definition)] : [];
  });
  return { reconciliationScope: scope, functions: own };
}

function toArtifact({ entry, js }: CompiledFunction, definition: GeneralDefinition) {
  const { models, metadata, checkpointSchema, input, output, requires } = definition;
  const ref = (name: string | undefined) => (name === undefined ? null : `#/definitions/${name}`);
  return {
    name: entry.name,
    integrationId: entry.providerConfigKey,
    description: definition.description,
    trigger: definition.trigger,
    requires: requires ?? null,
    capabilities: {
      usesRecords: models.length > 0,
      usesOutbound: requires?.outbound !== false,
      usesCheckpoints: checkpointSchema !== undefined,
      usesMetadata: metadata !== undefined,
      usesInvoke: requires?.invoke === true,
    },
    limits: definition.limits ?? null,
    input_schema_ref: ref(input),
    output_schema_ref: ref(output),
    model_schema_refs: models.map((model) => ref(model)),
    metadata_schema_ref: ref(metadata),
    checkpoint_schema_ref: ref(checkpointSchema),
    json_schema: { definitions: definition.definitions },
    fileBody: { js, ts: readFileSync(entry.file, 'utf8') },
  };
}
