// The functions that types and pages are made from: those deployed in an environment, or those of the project at hand.
import { z } from 'zod';
import type { ApiClient } from '../api/client.ts';
import type { Compiled } from '../compile/compile-functions.ts';

const described = z.looseObject({
  name: z.string(),
  description: z.string().optional(),
  returns: z.array(z.string()).default([]),
  input: z.string().optional(),
  json_schema: z.looseObject({ definitions: z.record(z.string(), z.unknown()) }).nullish(),
});
const configSchema = z.array(
  z.looseObject({ providerConfigKey: z.string(), syncs: z.array(described), actions: z.array(described) }),
);

export interface DescribedFunction {
  type: 'sync' | 'action';
  integration: string;
  name: string;
  description: string;
  /** Names of definitions: a sync's models; an action's output, alone. */
  returns: string[];
  /** A sync's metadata, an action's input. */
  input?: string;
  definitions: Record<string, unknown>;
}

export async function fetchFunctions(api: ApiClient): Promise<DescribedFunction[]> {
  const integrations = configSchema.parse(await api.get('/scripts/config'));
  return integrations.flatMap(({ providerConfigKey: integration, syncs, actions }) => {
    const of = (type: 'sync' | 'action') => (given: z.infer<typeof described>) => ({
      type,
      integration,
      name: given.name,
      description: given.description ?? '',
      returns: given.returns,
      ...(given.input !== undefined && { input: given.input }),
      definitions: given.json_schema?.definitions ?? {},
    });
    return [...syncs.map(of('sync')), ...actions.map(of('action'))];
  });
}

/** What a deploy of the project would make of it. */
export function compiledFunctions({ flowConfigs, functions }: Compiled): DescribedFunction[] {
  const byKind = flowConfigs.map((config) => ({
    type: config.type,
    integration: config.providerConfigKey,
    name: config.syncName,
    description: config.metadata.description ?? '',
    returns: config.models,
    ...(config.input !== undefined && { input: config.input }),
    definitions: config.models_json_schema.definitions,
  }));
  const general = functions.flatMap(({ entry, definition }): DescribedFunction[] => {
    if (definition.type !== 'function' || definition.trigger.kind === 'event') return [];
    const action = definition.trigger.kind === 'none';
    const taken = action ? definition.input : definition.metadata;
    return [
      {
        type: action ? 'action' : 'sync',
        integration: entry.providerConfigKey,
        name: entry.name,
        description: definition.description,
        returns: action ? [definition.output ?? []].flat() : definition.models,
        ...(taken !== undefined && { input: taken }),
        definitions: definition.definitions,
      },
    ];
  });
  return [...byKind, ...general];
}
