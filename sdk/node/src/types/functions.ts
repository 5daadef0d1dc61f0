// Deployed functions, and all of them at once as configuration or as tools.
import type { Undeclared } from '../undeclared.ts';

export type FunctionType = 'sync' | 'action' | 'on-event';

interface JsonSchemas {
  definitions: Record<string, unknown>;
}

export interface DeployedFunction {
  id: number;
  name: string;
  type: FunctionType;
  description?: string | undefined;
  scopes: string[];
  /** Name of a definition. */
  input?: string | undefined;
  /** Names of definitions: the models of a sync, the output of an action. */
  returns: string[];
  json_schema: JsonSchemas | null;
  enabled: boolean;
  last_deployed: string;
  source: string;
  /** Of a sync: how often. */
  runs?: string | null | undefined;
  auto_start?: boolean | undefined;
  track_deletes?: boolean | undefined;
  event?: string | undefined;
}

export interface FunctionRef {
  uniqueKey: string;
  name: string;
}

export interface FunctionFilter {
  type?: FunctionType | undefined;
  search?: string | undefined;
  /** From 0. */
  page?: number | undefined;
  limit?: number | undefined;
}

export interface FunctionPage {
  data: DeployedFunction[];
  pagination: { total: number; page: number; limit: number };
}

/** Of `getScriptsConfig()`. */
export interface ScriptConfig {
  id: number;
  name: string;
  type: FunctionType;
  description: string;
  returns: string[];
  scopes: string[];
  endpoints: { method: string; path: string; group?: string }[];
  input?: string;
  enabled: boolean;
  last_deployed: string;
  json_schema: JsonSchemas | null;
  sync_type?: 'full' | 'incremental';
  auto_start?: boolean;
  runs?: string | null;
  track_deletes?: boolean;
  [key: string]: Undeclared;
}

export interface IntegrationScripts {
  providerConfigKey: string;
  provider: string;
  syncs: ScriptConfig[];
  actions: ScriptConfig[];
  'on-events': ScriptConfig[];
}

/** Of `getScriptsConfig('openai')`: a function in the form that language models take. */
export interface Tool {
  name: string;
  description: string;
  parameters: { type: 'object'; properties: Record<string, unknown>; required: string[] };
}
