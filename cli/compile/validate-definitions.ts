// The rules that only the declarations show: alone (frequency, model names) and together (names, models and endpoints in an integration).
import { parseFrequency } from '@syncline/functions/frequency';
import type { Diagnostic } from '../errors.ts';
import type { JsonSchema } from './json-schema.ts';
import type { Definition, SyncDefinition } from './read-definition.ts';

export interface Declared {
  /** Relative to the project. */
  file: string;
  providerConfigKey: string;
  name: string;
  definition: Definition;
}

const functionName = /^[a-zA-Z0-9_-]{1,255}$/;
const integrationId = /^[a-zA-Z0-9~:.@ _-]{1,255}$/;
const modelName = /^[A-Z][A-Za-z0-9_]+$/;

export function validateDefinition({ file, providerConfigKey, name, definition }: Declared): Diagnostic[] {
  const problems: Diagnostic[] = [];
  const refuse = (code: string, message: string) => problems.push({ severity: 'error', code, message, file });
  const warn = (code: string, message: string) => problems.push({ severity: 'warning', code, message, file });
  const checkFrequency = (text: string, field: string) => {
    const frequency = parseFrequency(text);
    if (frequency.code !== undefined) refuse(frequency.code, `${field}: ${frequency.message}`);
  };
  const checkModels = ({ models, definitions }: Pick<SyncDefinition, 'models' | 'definitions'>) => {
    for (const model of models) {
      if (!modelName.test(model)) refuse('invalid_model_name', `The model "${model}" must match ${modelName.source}.`);
      if (!hasId(definitions[model])) refuse('model_missing_id', `The model ${model} needs a field "id".`);
    }
  };

  if (!functionName.test(name)) refuse('invalid_name', `The name "${name}" may hold letters, digits, _ and - only.`);
  if (!integrationId.test(providerConfigKey)) {
    refuse('invalid_integration', `The integration id "${providerConfigKey}" has characters that ids cannot have.`);
  }
  if (definition.description === '')
    warn('no_description', 'A description tells people, and models, what this is for.');

  if (definition.type === 'function') {
    warn('experimental_function', 'createFunction is experimental; what it can say may still change.');
    if (definition.trigger.kind === 'schedule') checkFrequency(definition.trigger.frequency, 'trigger.frequency');
    checkModels(definition);
  }
  if (definition.type !== 'sync') return problems;

  checkFrequency(definition.frequency, 'frequency');
  checkModels(definition);
  if (definition.endpoints.length > 0 && definition.endpoints.length !== definition.models.length) {
    refuse('endpoints_mismatch', 'endpoints: give one for each model, or none.');
  }
  if (definition.syncType === 'incremental' && definition.trackDeletes) {
    refuse('incremental_track_deletes', 'syncType "incremental" cannot be combined with trackDeletes.');
  }
  if (definition.trackDeletes) {
    warn('deprecated_track_deletes', 'trackDeletes is deprecated; call trackDeletesStart and trackDeletesEnd.');
  }
  if (definition.webhookSubscriptions !== undefined && !definition.onWebhook) {
    warn('no_on_webhook', 'webhookSubscriptions has no effect without onWebhook.');
  }
  return problems;
}

/** Unions and intersections of objects are not looked into. */
function hasId(schema: JsonSchema | undefined): boolean {
  const properties = schema?.['properties'];
  if (schema?.['type'] !== 'object' || typeof properties !== 'object' || properties === null) return true;
  return Object.hasOwn(properties, 'id') || schema['additionalProperties'] !== false;
}

export function validateTogether(all: Declared[]): Diagnostic[] {
  const problems: Diagnostic[] = [];
  const owners = new Map<string, string>();
  const claim = (key: string, file: string, code: string, message: (owner: string) => string) => {
    const owner = owners.get(key);
    if (owner !== undefined && owner !== file)
      problems.push({ severity: 'error', code, message: message(owner), file });
    else owners.set(key, file);
  };

  for (const { file, providerConfigKey, name, definition } of all) {
    claim(
      `name ${deployedAs(definition)} ${providerConfigKey} ${name}`,
      file,
      'duplicate_name',
      (owner) => `${name} is also declared in ${owner}.`,
    );
    if (definition.type === 'sync' || definition.type === 'function') {
      for (const model of definition.models) {
        claim(
          `model ${providerConfigKey} ${model}`,
          file,
          'duplicate_model',
          (owner) => `The model ${model} already belongs to ${owner}.`,
        );
      }
    }
    for (const { method, path } of endpointsOf(definition)) {
      claim(
        `endpoint ${providerConfigKey} ${method} ${path}`,
        file,
        'duplicate_endpoint',
        (owner) => `${method} ${path} already belongs to ${owner}.`,
      );
    }
  }
  for (const { file, definition } of all) {
    const paths = endpointsOf(definition).map(({ method, path }) => `${method} ${path}`);
    if (new Set(paths).size < paths.length) {
      problems.push({ severity: 'error', code: 'duplicate_endpoint', message: 'endpoints: the same one twice.', file });
    }
  }
  return problems;
}

/** What the server makes of it: two functions of one kind cannot share a name. */
function deployedAs(definition: Definition): 'sync' | 'action' | 'onEvent' {
  if (definition.type !== 'function') return definition.type;
  const kinds = { none: 'action', schedule: 'sync', http: 'sync', event: 'onEvent' } as const;
  return kinds[definition.trigger.kind];
}

function endpointsOf(definition: Definition): { method: string; path: string }[] {
  if (definition.type === 'sync') return definition.endpoints;
  return definition.type === 'action' && definition.endpoint !== undefined ? [definition.endpoint] : [];
}
