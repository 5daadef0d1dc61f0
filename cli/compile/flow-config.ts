// One compiled function in the form that a deploy sends: `flowConfigs[]` and `onEventScriptsByProvider[]` of POST /sync/deploy.
import type { JsonSchema } from './json-schema.ts';
import type { ActionDefinition, Definition, SyncDefinition } from './read-definition.ts';

export interface FileBody {
  js: string;
  ts: string;
}

interface Endpoint {
  method: string;
  path: string;
  group?: string | undefined;
}

export interface FlowConfig {
  type: 'sync' | 'action';
  syncName: string;
  providerConfigKey: string;
  models: string[];
  version?: string;
  runs: string | null;
  track_deletes: boolean;
  auto_start?: boolean;
  sync_type?: 'full' | 'incremental';
  attributes?: Record<string, unknown>;
  metadata: { description?: string; scopes?: string[] };
  input?: string;
  endpoints: Endpoint[];
  webhookSubscriptions?: string[];
  models_json_schema: { definitions: Record<string, JsonSchema> };
  features: 'checkpoints'[];
  fileBody: FileBody;
}

export interface OnEventScript {
  name: string;
  event: 'post-connection-creation' | 'pre-connection-deletion' | 'validate-connection';
  fileBody: FileBody;
}

export interface OnEventScripts {
  providerConfigKey: string;
  scripts: OnEventScript[];
}

interface Identity {
  providerConfigKey: string;
  name: string;
  fileBody: FileBody;
}

export function toFlowConfig(definition: SyncDefinition | ActionDefinition, identity: Identity): FlowConfig {
  return definition.type === 'sync' ? syncConfig(definition, identity) : actionConfig(definition, identity);
}

function shared(definition: Definition, { providerConfigKey, name, fileBody }: Identity) {
  return {
    syncName: name,
    providerConfigKey,
    ...(definition.version !== undefined && { version: definition.version }),
    metadata: {
      ...(definition.description !== '' && { description: definition.description }),
      ...(definition.scopes !== undefined && { scopes: definition.scopes }),
    },
    ...(definition.input !== undefined && { input: definition.input }),
    models_json_schema: { definitions: definition.definitions },
    features: definition.checkpoint ? (['checkpoints'] as 'checkpoints'[]) : [],
    fileBody,
  };
}

function syncConfig(sync: SyncDefinition, identity: Identity): FlowConfig {
  return {
    ...shared(sync, identity),
    type: 'sync',
    models: sync.models,
    runs: sync.frequency,
    track_deletes: sync.trackDeletes,
    auto_start: sync.autoStart,
    sync_type: sync.syncType,
    attributes: {},
    endpoints: sync.endpoints.map(withoutUndefined),
    ...(sync.webhookSubscriptions !== undefined && { webhookSubscriptions: sync.webhookSubscriptions }),
  };
}

function actionConfig(action: ActionDefinition, identity: Identity): FlowConfig {
  return {
    ...shared(action, identity),
    type: 'action',
    models: action.output === undefined ? [] : [action.output],
    runs: null,
    track_deletes: false,
    endpoints: action.endpoint === undefined ? [] : [withoutUndefined(action.endpoint)],
  };
}

function withoutUndefined({ method, path, group }: Endpoint): Endpoint {
  return { method, path, ...(group !== undefined && { group }) };
}
