// A type of nango.yaml as YAML gives it: text, a scalar, a list or a mapping of fields.
import type { Field, TypeProblemCode, YamlType } from './type-syntax.ts';
import { parseType } from './type-syntax.ts';

export interface ReadType {
  models: ReadonlySet<string>;
  /** `path`: below the value that was given. */
  report(problem: { code: TypeProblemCode; message: string; path: (string | number)[] }): void;
}

export function readType(value: unknown, context: ReadType, path: (string | number)[] = []): YamlType {
  const wrong = (code: TypeProblemCode, message: string): YamlType => {
    context.report({ code, message, path });
    return { kind: 'primitive', name: 'any' };
  };
  if (typeof value === 'string') {
    return parseType(value, {
      models: context.models,
      report: (problem) => context.report({ ...problem, path }),
    });
  }
  if (value === null) return { kind: 'primitive', name: 'null' };
  if (typeof value === 'number' || typeof value === 'boolean') return { kind: 'literal', value };
  if (Array.isArray(value)) {
    if (value.length === 0) return wrong('failed_to_parse_array', 'An empty list is no type.');
    return { kind: 'tuple', of: value.map((item, i) => readType(item, context, [...path, i])) };
  }
  if (typeof value === 'object' && value !== undefined) {
    return readFields(value as Record<string, unknown>, context, path);
  }
  return wrong('failed_to_parse_object', 'This is no type.');
}

/** `name?` is optional; `__string` says what all other keys hold. `__extends` belongs to models and is gone by now. */
export function readFields(
  value: Record<string, unknown>,
  context: ReadType,
  path: (string | number)[] = [],
): YamlType & { kind: 'object' } {
  const fields: Field[] = [];
  let rest: YamlType | undefined;
  for (const [key, given] of Object.entries(value)) {
    const type = readType(given, context, [...path, key]);
    if (key === '__string') rest = type;
    else fields.push({ name: key.replace(/\?$/, ''), optional: key.endsWith('?'), type });
  }
  return { kind: 'object', fields, ...(rest !== undefined && { rest }) };
}
