// Types of nango.yaml as the zod source that says the same.
import type { Field, Primitive, YamlType } from '../nango-yaml/type-syntax.ts';

const primitives: Record<Primitive, string> = {
  string: 'z.string()',
  number: 'z.number()',
  boolean: 'z.boolean()',
  bigint: 'z.bigint()',
  any: 'z.any()',
  never: 'z.never()',
  void: 'z.void()',
  undefined: 'z.undefined()',
  null: 'z.null()',
  date: 'z.date()',
};

/** @param later models that are declared further down in the file: fields that mention one are getters, which zod reads lazily */
export function renderZod(type: YamlType, later: ReadonlySet<string> = new Set(), indent = ''): string {
  const inner = (of: YamlType) => renderZod(of, later, indent);
  switch (type.kind) {
    case 'primitive':
      return primitives[type.name];
    case 'literal':
      return `z.literal(${renderValue(type.value)})`;
    case 'model':
      return type.name;
    case 'array':
      return `z.array(${inner(type.of)})`;
    case 'tuple':
      return `z.tuple([${type.of.map(inner).join(', ')}])`;
    case 'union':
      return renderUnion(type.of, inner);
    case 'object': {
      if (type.fields.length === 0 && type.rest !== undefined) return `z.record(z.string(), ${inner(type.rest)})`;
      const rest = type.rest === undefined ? '' : `.catchall(${inner(type.rest)})`;
      if (type.fields.length === 0) return `z.object({})${rest}`;
      const lines = type.fields.map((field) => `${indent}  ${renderField(field, later, `${indent}  `)},`);
      return `z.object({\n${lines.join('\n')}\n${indent}})${rest}`;
    }
  }
}

function renderUnion(of: YamlType[], inner: (type: YamlType) => string): string {
  const rest = of.filter((one) => !(one.kind === 'primitive' && one.name === 'null'));
  const nullable = rest.length < of.length ? '.nullable()' : '';
  const texts = rest.flatMap((one) => (one.kind === 'literal' && typeof one.value === 'string' ? [one.value] : []));
  if (rest.length === 0) return 'z.null()';
  if (texts.length === rest.length && texts.length > 1)
    return `z.enum([${texts.map(renderValue).join(', ')}])${nullable}`;
  const [only] = rest;
  if (rest.length === 1 && only !== undefined) return `${inner(only)}${nullable}`;
  return `z.union([${rest.map(inner).join(', ')}])${nullable}`;
}

function renderField({ name, optional, type }: Field, later: ReadonlySet<string>, indent: string): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : renderValue(name);
  const value = `${renderZod(type, later, indent)}${optional ? '.optional()' : ''}`;
  return mentions(type, later) ? `get ${key}() {\n${indent}  return ${value};\n${indent}}` : `${key}: ${value}`;
}

function mentions(type: YamlType, names: ReadonlySet<string>): boolean {
  switch (type.kind) {
    case 'model':
      return names.has(type.name);
    case 'array':
      return mentions(type.of, names);
    case 'union':
    case 'tuple':
      return type.of.some((one) => mentions(one, names));
    case 'object':
      // Its own fields are getters where they need to be.
      return type.rest !== undefined && mentions(type.rest, names);
    default:
      return false;
  }
}

/** A literal in the project's style: single quotes. */
export function renderValue(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const escaped = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped}'`;
}
