// Models of nango.yaml as the draft-7 definitions that a deploy carries.
import type { JsonSchema } from '../compile/json-schema.ts';
import type { Model } from './models.ts';
import { reach } from './models.ts';
import type { Primitive, YamlType } from './type-syntax.ts';

const primitives: Record<Primitive, JsonSchema> = {
  string: { type: 'string' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date-time' },
  null: { type: 'null' },
  void: { type: 'null' },
  undefined: { type: 'null' },
  never: { not: {} },
  // JSON has no such number.
  bigint: {},
  any: {},
};

/** The models of these names, and all that they mention. */
export function toDefinitions(names: string[], models: ReadonlyMap<string, Model>): Record<string, JsonSchema> {
  const wanted = new Set(names.flatMap((name) => reach(name, models)));
  return Object.fromEntries([...wanted].map((name) => [name, toJsonSchema(models.get(name)!.type)]));
}

export function toJsonSchema(type: YamlType): JsonSchema {
  switch (type.kind) {
    case 'primitive':
      return { ...primitives[type.name] };
    case 'literal':
      return { const: type.value };
    case 'model':
      return { $ref: `#/definitions/${type.name}` };
    case 'array':
      return { type: 'array', items: toJsonSchema(type.of) };
    case 'tuple':
      return { type: 'array', items: type.of.map(toJsonSchema), minItems: type.of.length, maxItems: type.of.length };
    case 'union':
      return { anyOf: type.of.map(toJsonSchema) };
    case 'object': {
      const required = type.fields.filter(({ optional }) => !optional).map(({ name }) => name);
      return {
        type: 'object',
        properties: Object.fromEntries(type.fields.map((field) => [field.name, toJsonSchema(field.type)])),
        ...(required.length > 0 && { required }),
        additionalProperties: type.rest === undefined ? false : toJsonSchema(type.rest),
      };
    }
  }
}
