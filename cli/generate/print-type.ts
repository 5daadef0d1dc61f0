// JSON schema → TypeScript, for the draft-7 that our compiler writes and its neighbours: references, unions, tuples, records.
import type { JsonSchema } from '../compile/json-schema.ts';

export interface Print {
  /** The type's name for `#/definitions/<key>`. */
  nameOf(key: string): string;
}

/** @param indent of the line that the type begins on */
export function printType(schema: unknown, print: Print, indent = ''): string {
  if (schema === false) return 'never';
  if (typeof schema !== 'object' || schema === null) return 'unknown';
  const given = schema as JsonSchema;
  if (typeof given['$ref'] === 'string') return print.nameOf(given['$ref'].replace(/^#\/definitions\//, ''));
  if ('const' in given) return JSON.stringify(given['const']);
  if (Array.isArray(given['enum'])) return union(given['enum'].map((value) => JSON.stringify(value)));
  for (const key of ['anyOf', 'oneOf']) {
    const options = given[key];
    if (Array.isArray(options)) return union(options.map((option) => printType(option, print, indent)));
  }
  if (Array.isArray(given['allOf'])) {
    return given['allOf'].map((part) => wrapped(printType(part, print, indent))).join(' & ');
  }
  if (isEmptyObject(given['not'])) return 'never';
  const { type } = given;
  if (Array.isArray(type))
    return union(type.map((one) => printType({ ...given, type: one as unknown }, print, indent)));
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return printArray(given, print, indent);
    case 'object':
      return printObject(given, print, indent);
    default:
      return 'properties' in given ? printObject(given, print, indent) : 'unknown';
  }
}

function printArray({ items, additionalItems, minItems }: JsonSchema, print: Print, indent: string): string {
  if (!Array.isArray(items)) return `${wrapped(printType(items ?? {}, print, indent))}[]`;
  const least = typeof minItems === 'number' ? minItems : items.length;
  const parts = items.map((item, at) => {
    const text = printType(item, print, indent);
    return at < least ? text : `${wrapped(text)}?`;
  });
  // Absent means "anything more" in draft 7; a tuple of zod has no more than it says.
  const rest =
    typeof additionalItems === 'object' ? [`...${wrapped(printType(additionalItems, print, indent))}[]`] : [];
  return `[${[...parts, ...rest].join(', ')}]`;
}

function printObject(schema: JsonSchema, print: Print, indent: string): string {
  const { additionalProperties: rest, propertyNames } = schema;
  const properties = (schema['properties'] ?? {}) as Record<string, unknown>;
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as string[]) : []);
  const keys = Object.keys(properties);
  if (keys.length === 0) {
    if (rest === false) return 'Record<string, never>';
    const value = rest === undefined || rest === true ? 'unknown' : printType(rest, print, indent);
    const names = Array.isArray((propertyNames as JsonSchema | undefined)?.['enum']);
    if (!names) return `Record<string, ${value}>`;
    const record = `Record<${printType(propertyNames, print)}, ${value}>`;
    return required.size > 0 ? record : `Partial<${record}>`;
  }
  const inner = `${indent}  `;
  const lines = keys.map((key) => {
    const { description } = (properties[key] ?? {}) as JsonSchema;
    const text = printType(properties[key], print, inner);
    return `${comment(description, inner)}${inner}${printKey(key)}${required.has(key) ? '' : '?'}: ${text};\n`;
  });
  // Typed only where nothing else is: an index signature would have to hold for the named keys, too.
  const open = rest === false ? '' : `${inner}[key: string]: unknown;\n`;
  return `{\n${lines.join('')}${open}${indent}}`;
}

/** Text of the author's becomes a comment, and stays in it. */
export function comment(text: unknown, indent: string): string {
  if (typeof text !== 'string' || text.trim() === '') return '';
  const safe = text
    .trim()
    .replaceAll('*/', '* /')
    .split(/\s*\r?\n\s*/);
  if (safe.length === 1) return `${indent}/** ${safe[0]} */\n`;
  return `${indent}/**\n${safe.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

export function printKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

export function union(types: string[]): string {
  const distinct = [...new Set(types)];
  return distinct.length === 0
    ? 'never'
    : distinct.map((type) => (distinct.length > 1 ? wrapped(type) : type)).join(' | ');
}

/** Brackets where a suffix or an operator would take a part only. */
function wrapped(type: string): string {
  return /[|&]/.test(type) && !/^[{[].*[}\]]$/s.test(type) ? `(${type})` : type;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
