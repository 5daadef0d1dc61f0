// The syncs, actions and on-event functions of an integration in nango.yaml.
import { parseFrequency } from '@syncline/functions/frequency';
import { z } from 'zod';
import type { AddProblem, Model } from './models.ts';
import { typeContext } from './models.ts';
import { readType } from './read-type.ts';

export interface Endpoint {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  group?: string;
}

interface Described {
  name: string;
  description?: string;
  version?: string;
  scopes: string[];
  /** Name of a model: a sync's metadata, an action's input. */
  input?: string;
  endpoints: Endpoint[];
}

export interface YamlSync extends Described {
  type: 'sync';
  output: string[];
  runs: string;
  syncType: 'full' | 'incremental';
  trackDeletes: boolean;
  autoStart: boolean;
  webhookSubscriptions?: string[];
}

export interface YamlAction extends Described {
  type: 'action';
  output?: string;
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const texts = z.union([
  z.string().transform((text) => text.split(',').map((part) => part.trim())),
  z.array(z.string()),
]);
const version = z.union([z.number().int().transform(String), z.string().regex(/^\d+(\.\d+\.\d+)?$/, 'is 1 or 1.2.3')]);
const endpointValue = z.union([
  z.string(),
  z.strictObject({
    method: z.enum(methods).optional(),
    path: z.string(),
    group: z
      .string()
      .regex(/^[A-Za-z _-]{1,64}$/, 'has at most 64 letters, spaces, _ and -')
      .optional(),
  }),
]);
const endpoints = z.union([endpointValue.transform((one) => [one]), z.array(endpointValue)]);

export const syncSchema = z.strictObject({
  endpoint: endpoints,
  output: z.unknown().refine((value) => value !== undefined, 'is missing'),
  runs: z.string(),
  sync_type: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['full', 'incremental']))
    .default('full'),
  track_deletes: z.boolean().default(false),
  auto_start: z.boolean().default(true),
  scopes: texts.optional(),
  input: z.unknown().optional(),
  'webhook-subscriptions': z.union([z.string().transform((text) => [text]), z.array(z.string())]).optional(),
  version: version.optional(),
  description: z.string().optional(),
});

export const actionSchema = z.strictObject({
  endpoint: endpointValue.optional(),
  output: z.unknown().optional(),
  input: z.unknown().optional(),
  scopes: texts.optional(),
  version: version.optional(),
  description: z.string().optional(),
});

export interface Place {
  integration: string;
  name: string;
  path: (string | number)[];
}

interface Reading {
  models: Map<string, Model>;
  /** Names that the file declares; anonymous models join `models` while functions are read. */
  declared: ReadonlySet<string>;
  add: AddProblem;
}

export function readSync(value: z.output<typeof syncSchema>, place: Place, reading: Reading): YamlSync {
  const { add } = reading;
  const outputs = Array.isArray(value.output) ? value.output : [value.output];
  const frequency = parseFrequency(value.runs);
  if (frequency.code !== undefined) {
    add({ code: 'invalid_runs', message: `runs: ${frequency.message}`, path: [...place.path, 'runs'] });
  }
  const output = outputs.map((one, i) => nameModel(one, { ...place, kind: 'sync', role: 'output', nth: i }, reading));
  const read = value.endpoint.flatMap((one) =>
    readEndpoint(one, 'GET', { ...place, path: [...place.path, 'endpoint'] }, reading),
  );
  for (const { method, path } of read) {
    if (method === 'GET') continue;
    add({
      code: 'invalid_endpoint',
      message: `${method} ${path}: a sync's endpoint is a GET.`,
      path: [...place.path, 'endpoint'],
    });
  }
  if (value.endpoint.length !== output.length) {
    const message = `${place.name} has ${output.length} outputs and ${value.endpoint.length} endpoints; give one for each.`;
    add({ code: 'endpoints_mismatch', message, path: [...place.path, 'endpoint'] });
  }
  if (value.sync_type === 'incremental' && value.track_deletes) {
    const message = `${place.name}: an incremental sync cannot track deletes.`;
    add({ code: 'incremental_track_deletes', message, path: [...place.path, 'track_deletes'] });
  }
  return {
    ...described(value, place, reading, 'sync'),
    type: 'sync',
    endpoints: read,
    output,
    runs: value.runs,
    syncType: value.sync_type,
    trackDeletes: value.track_deletes,
    autoStart: value.auto_start,
    ...(value['webhook-subscriptions'] && { webhookSubscriptions: value['webhook-subscriptions'] }),
  };
}

export function readAction(value: z.output<typeof actionSchema>, place: Place, reading: Reading): YamlAction {
  const endpoint = { ...place, path: [...place.path, 'endpoint'] };
  const outputs = absent(value.output) ? [] : Array.isArray(value.output) ? value.output : [value.output];
  const named = outputs.map((one, i) => nameModel(one, { ...place, kind: 'action', role: 'output', nth: i }, reading));
  if (new Set(named).size < named.length) {
    const message = `The action ${place.name} names an output twice.`;
    reading.add({ code: 'duplicate_model', message, path: [...place.path, 'output'] });
  }
  const [output] = named; // the others have never had an effect
  return {
    ...described(value, place, reading, 'action'),
    type: 'action',
    endpoints: value.endpoint === undefined ? [] : readEndpoint(value.endpoint, 'POST', endpoint, reading),
    ...(output !== undefined && { output }),
  };
}

function described(
  value: {
    description?: string | undefined;
    version?: string | undefined;
    scopes?: string[] | undefined;
    input?: unknown;
  },
  place: Place,
  reading: Reading,
  kind: 'sync' | 'action',
) {
  const input = absent(value.input) ? undefined : nameModel(value.input, { ...place, kind, role: 'input' }, reading);
  return {
    name: place.name,
    ...(value.description !== undefined && { description: value.description.trim() }),
    ...(value.version !== undefined && { version: value.version }),
    scopes: (value.scopes ?? []).filter((scope) => scope !== ''),
    ...(input !== undefined && { input }),
  };
}

const absent = (value: unknown) => value === undefined || value === null;

/** The model's own name, or that of an anonymous one which holds the type that was written in place. */
function nameModel(
  value: unknown,
  at: Place & { kind: 'sync' | 'action'; role: 'input' | 'output'; nth?: number },
  { models, declared, add }: Reading,
): string {
  if (typeof value === 'string' && declared.has(value.trim())) return value.trim();
  const words = [at.integration, at.kind, at.name, at.role].map((word) => word.replaceAll(/[^A-Za-z0-9]/g, '_'));
  const name = `Anonymous_${words.join('_')}${at.nth ? `_${at.nth}` : ''}`;
  models.set(name, { name, type: readType(value, typeContext(declared, [...at.path, at.role], add)) });
  return name;
}

/** `GET /contacts`, `/contacts` or a mapping. Nothing when it cannot be read. */
function readEndpoint(
  value: z.output<typeof endpointValue>,
  fallback: Endpoint['method'],
  { path: at }: Place,
  { declared, add }: Reading,
): Endpoint[] {
  const refuse = (code: string, message: string): [] => {
    add({ code, message, path: at });
    return [];
  };
  const given = typeof value === 'string' ? splitEndpoint(value) : value;
  const method = methods.find((known) => known === (given.method ?? fallback));
  if (method === undefined) return refuse('invalid_endpoint', `"${given.method}" is no method.`);
  const path = given.path.startsWith('/') ? given.path : `/${given.path}`;
  if (!/^[a-zA-Z0-9\-:{}./_]+$/.test(path)) {
    return refuse('invalid_endpoint', `"${path}" may hold letters, digits and - : { } . / _ only.`);
  }
  for (const [, model = ''] of path.matchAll(/\{([^}:]+)(?::[^}]*)?\}/g)) {
    if (!declared.has(model)) refuse('model_not_found', `"${path}" names the model ${model}, which there is not.`);
  }
  return [{ method, path, ...(given.group !== undefined && { group: given.group }) }];
}

function splitEndpoint(text: string): { method?: string; path: string; group?: string | undefined } {
  const [first = '', ...rest] = text.trim().split(/\s+/);
  return rest.length === 0 ? { path: first } : { method: first.toUpperCase(), path: rest.join(' ') };
}
