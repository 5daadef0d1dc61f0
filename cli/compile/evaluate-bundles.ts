// A process of its own, forked by read-definition.ts: imports bundles, and says what they declare. It ends with its answer.
import { createRequire } from 'node:module';
import * as declarations from '@syncline/functions';
import * as zod from 'zod';
import type { NamedSchema } from './json-schema.ts';
import { generatedName, toDefinitions } from './json-schema.ts';
import { declarationModules } from './own-modules.ts';
import type { EvaluateRequest, EvaluateResult } from './read-definition.ts';

const require = createRequire(import.meta.url);

/** Packages of the guest that need not be installed here: nothing may use them while it is only imported. */
function load(name: string): unknown {
  if ((declarationModules as readonly string[]).includes(name)) return declarations;
  if (name === 'zod') return zod;
  return name === 'unzipper' ? {} : require(name);
}

function evaluate({ js, file, providerConfigKey, name, declared }: EvaluateRequest): EvaluateResult {
  const module: { exports: { default?: unknown; onWebhookPayloadReceived?: unknown } } = { exports: {} };
  try {
    new Function('require', 'module', 'exports', js)(load, module, module.exports);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { error: { code: 'import_failed', message: `${file} fails when it is imported: ${message}` } };
  }
  const value = module.exports.default;
  if (declared !== undefined) {
    const onWebhook = typeof module.exports.onWebhookPayloadReceived === 'function';
    if (typeof value === 'function') return { definition: { ...declared, exec: true, onWebhook } };
    const message = `${file} needs: export default async function …(nango), the form of nango.yaml projects.`;
    return { error: { code: 'no_default_export', message } };
  }
  if (typeof value === 'function') {
    const message = `${file} exports a function, the form of nango.yaml projects. Wrap it: export default createSync({ … }).`;
    return { error: { code: 'legacy_function', message } };
  }
  if (typeof value !== 'object' || value === null) {
    return {
      error: {
        code: 'no_default_export',
        message: `${file} needs: export default createSync({ … }), or another create….`,
      },
    };
  }
  try {
    return describe(value as Record<string, unknown>, { providerConfigKey, name });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { error: { code: 'invalid_definition', message: `${file}: ${message}` } };
  }
}

/** The declaration without its code; each zod schema becomes the name of a JSON schema. */
function describe(value: Record<string, unknown>, id: { providerConfigKey: string; name: string }): EvaluateResult {
  const schemas: NamedSchema[] = [];
  // createFunction has its schemas one level down.
  const data = isObject(value['data']) ? value['data'] : value;
  const add = (from: Record<string, unknown>, field: string, prefix: string, io: 'input' | 'output') => {
    const schema = from[field];
    if (schema === undefined) return undefined;
    const name = generatedName(prefix, id);
    schemas.push({ name, schema: asZod(schema, field), io });
    return name;
  };

  const models = isObject(data['models']) ? data['models'] : {};
  for (const [name, schema] of Object.entries(models)) {
    schemas.push({ name, schema: asZod(schema, `models.${name}`), io: 'output' });
  }
  const named = nameSchemas(value['type'], {
    input: (prefix) => add(value, 'input', prefix, 'input'),
    output: (prefix) => add(value, 'output', prefix, 'output'),
    metadata: (prefix) => add(data, 'metadata', prefix, 'input'),
    checkpoint: (prefix) => add(data, 'checkpoint', prefix, 'output'),
  });

  const { definitions } = toDefinitions(schemas);
  const plain = Object.fromEntries(
    Object.entries(value).filter(([key, item]) => typeof item !== 'function' && !schemaFields.has(key)),
  );
  return {
    definition: {
      ...plain,
      ...named,
      models: Object.keys(models),
      checkpoint: data['checkpoint'] !== undefined,
      exec: typeof value['exec'] === 'function',
      onWebhook: typeof value['onWebhook'] === 'function',
      definitions,
    },
  };
}

type AddSchema = (prefix: string) => string | undefined;

/** A sync's `input` on the wire is the metadata that it reads. */
function nameSchemas(type: unknown, add: Record<'input' | 'output' | 'metadata' | 'checkpoint', AddSchema>) {
  switch (type) {
    case 'action':
      return { input: add.input('ActionInput'), output: add.output('ActionOutput') };
    case 'function':
      return {
        input: add.input('FunctionInput'),
        output: add.output('FunctionOutput'),
        metadata: add.metadata('FunctionMetadata'),
        checkpointSchema: add.checkpoint('FunctionCheckpoint'),
      };
    default:
      return { input: add.metadata('SyncMetadata') };
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const schemaFields = new Set(['models', 'metadata', 'checkpoint', 'input', 'output', 'data']);

function asZod(schema: unknown, field: string): zod.ZodType {
  if (typeof schema === 'object' && schema !== null && '_zod' in schema) return schema as zod.ZodType;
  throw new Error(`${field} is no zod schema.`);
}

process.once('message', (requests: EvaluateRequest[]) => {
  process.send?.(requests.map(evaluate), () => process.exit(0));
});
