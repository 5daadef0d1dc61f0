// From zod to the draft-7 `{ definitions }` that a deploy carries and the API publishes.
import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;
export interface Definitions {
  definitions: Record<string, JsonSchema>;
}

export interface NamedSchema {
  name: string;
  schema: z.ZodType;
  /** `input`: what a caller may send, so a field with a default is optional. `output`: what is stored or returned. */
  io: 'input' | 'output';
}

/** Recursive and shared schemas become definitions of their own, named after the one that holds them. */
export function toDefinitions(schemas: NamedSchema[]): Definitions {
  const definitions: Record<string, JsonSchema> = {};
  for (const { name, schema, io } of schemas) Object.assign(definitions, define(name, schema, io));
  return { definitions };
}

function define(name: string, schema: z.ZodType, io: 'input' | 'output'): Record<string, JsonSchema> {
  const rendered = z.toJSONSchema(schema, {
    target: 'draft-7',
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type === 'void') jsonSchema.type = 'null';
      if (def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
      // A plain object lists its keys, in both directions; a loose one says so itself.
      if (def.type === 'object' && !('catchall' in def && def.catchall)) jsonSchema.additionalProperties ??= false;
    },
  });
  const {
    $schema: _,
    definitions: inner = {},
    ...root
  } = JSON.parse(JSON.stringify(rendered)) as JsonSchema & {
    definitions?: Record<string, JsonSchema>;
  };
  const innerName = (key: string) => `${name}_${key.replaceAll(/[^A-Za-z0-9]/g, '')}`;
  const moveRefs = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moveRefs);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) =>
        key === '$ref' && typeof item === 'string' ? [key, moveRef(item)] : [key, moveRefs(item)],
      ),
    );
  };
  const moveRef = (ref: string) =>
    ref === '#'
      ? `#/definitions/${name}`
      : ref.replace(/^#\/definitions\/(.+)$/, (_all, key: string) => `#/definitions/${innerName(key)}`);

  const all: Record<string, JsonSchema> = { [name]: moveRefs(root) as JsonSchema };
  for (const [key, value] of Object.entries(inner)) all[innerName(key)] = moveRefs(value) as JsonSchema;
  return all;
}

/** `rename-task` at `my.crm` → `ActionInput_my_crm_renametask`. */
export function generatedName(
  prefix: string,
  { providerConfigKey, name }: { providerConfigKey: string; name: string },
) {
  return `${prefix}_${providerConfigKey.replaceAll(/[^A-Za-z0-9]/g, '_')}_${name.replaceAll(/[^A-Za-z0-9]/g, '')}`;
}
