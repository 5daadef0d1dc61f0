// Deployed functions in the two shapes that clients of `GET /scripts/config` read.
import { type DeployedFunction, toFunctionView } from './read-functions.ts';

type Config = Record<string, unknown>;

function toScript(deployed: DeployedFunction): Config {
  const view = toFunctionView(deployed);
  const { definition, label } = deployed.version;
  return {
    id: view.id,
    name: view.name,
    type: view.type,
    returns: view.returns,
    description: view.description ?? '',
    attributes: definition.attributes ?? {},
    scopes: view.scopes,
    ...(label !== null && { version: label }),
    source: view.source,
    endpoints: definition.endpoints,
    ...(view.input !== undefined && { input: view.input }),
    enabled: view.enabled,
    last_deployed: view.last_deployed,
    webhookSubscriptions: definition.webhookSubscriptions ?? [],
    json_schema: view.json_schema,
    sdk_version: definition.sdkVersion ?? null,
    models: Object.keys(view.json_schema?.definitions ?? {}).map((name) => ({ name, fields: [] })),
    features: definition.features ?? [],
    ...(view.type === 'sync' && {
      sync_type: definition.syncType ?? 'incremental',
      auto_start: view.auto_start,
      runs: view.runs,
      track_deletes: view.track_deletes,
    }),
    ...(view.type === 'on-event' && { event: view.event }),
  };
}

const byPosition = (a: DeployedFunction, b: DeployedFunction) =>
  (a.version.definition.position ?? 0) - (b.version.definition.position ?? 0);

/** By integration; those without functions are left out. */
export function toScriptsConfig(deployed: readonly DeployedFunction[]): Config[] {
  const byIntegration = Map.groupBy(deployed, ({ integration }) => integration.uniqueKey);
  return [...byIntegration].map(([providerConfigKey, owned]) => {
    const scriptsOf = (type: string) => owned.filter((entry) => entry.function.type === type).map(toScript);
    return {
      providerConfigKey,
      provider: owned[0]!.integration.provider,
      syncs: scriptsOf('sync'),
      actions: scriptsOf('action'),
      'on-events': owned
        .filter(({ function: row }) => row.type === 'on-event')
        .sort(byPosition)
        .map(toScript),
    };
  });
}

export interface Tool {
  name: string;
  description: string;
  parameters: { type: 'object'; properties: Record<string, unknown>; required: string[] };
}

/** Tools in the form that language models take: parameters are the action's input. */
export function toTools(deployed: readonly DeployedFunction[]): Tool[] {
  return deployed
    .filter(({ function: row }) => row.type !== 'on-event')
    .map(({ function: row, version: { definition } }) => {
      const input =
        row.type === 'action' && definition.input !== undefined
          ? definition.jsonSchema?.definitions[definition.input]
          : undefined;
      const { properties = {}, required = [] } = (input ?? {}) as Partial<Tool['parameters']>;
      return {
        name: row.name,
        description: definition.description ?? '',
        parameters: { type: 'object' as const, properties, required },
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
