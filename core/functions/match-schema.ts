// Does a value match a function's JSON schema (draft 7, as compilers write it from zod or TypeScript)? Compiled once, so that
// every record of a page can be asked. Imports nothing: the guest runs it. Unknown keywords say nothing.

export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** `path`: fields joined by dots, `[]` for every element of a list; '' is the value itself. */
export type Report = (path: string, problem: string) => void;

/** @returns true when it matches; with a report every mismatch is told */
export type Matcher = (value: unknown, report?: Report) => boolean;

type Check = (value: unknown, path: string, report: Report | undefined) => boolean;

/**
 * @param extraKeys allowed: what a caller sends may hold more than the function reads
 * @example createMatcher({ type: 'string' }, {})(7, (path, problem) => …) // ('', 'is a number instead of string')
 */
export function createMatcher(
  schema: JsonSchema,
  definitions: Readonly<Record<string, JsonSchema>>,
  { extraKeys = false }: { extraKeys?: boolean } = {},
): Matcher {
  const check = compile(schema, { definitions, named: new Map(), extraKeys });
  return (value, report) => check(asJson(value), '', report);
}

interface Context {
  definitions: Readonly<Record<string, JsonSchema>>;
  named: Map<string, Check>;
  extraKeys: boolean;
}

function compile(schema: JsonSchema, context: Context): Check {
  if (typeof schema === 'boolean') return schema ? pass : fail('is not allowed');
  if (typeof schema['$ref'] === 'string') return reference(schema['$ref'], context);
  const checks = [
    typeCheck(schema),
    valueCheck(schema),
    textCheck(schema),
    numberCheck(schema),
    listCheck(schema, context),
    objectCheck(schema, context),
    ...(Array.isArray(schema['allOf']) ? (schema['allOf'] as JsonSchema[]).map((part) => compile(part, context)) : []),
    ...[schema['anyOf'], schema['oneOf']].map((list) =>
      Array.isArray(list) ? alternatives(list, context) : undefined,
    ),
  ].filter((check) => check !== undefined);
  if (checks.length === 0) return pass;
  if (checks.length === 1) return checks[0]!;
  // The first mismatch of a value is the one to tell: what follows from a wrong type is noise.
  return (value, path, report) => checks.every((check) => check(value, path, report));
}

const pass: Check = () => true;
const fail =
  (problem: string): Check =>
  (_value, path, report) => {
    report?.(path, problem);
    return false;
  };

/** Resolved when first used: a schema may hold itself. */
function reference(ref: string, context: Context): Check {
  const name = decodeURIComponent(ref.replace(/^#\/(?:definitions|\$defs)\//, ''));
  const target = context.definitions[name];
  if (target === undefined) return pass;
  return (value, path, report) => {
    let check = context.named.get(name);
    if (!check) {
      check = compile(target, context);
      context.named.set(name, check);
    }
    return check(value, path, report);
  };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function hasType(value: unknown, type: unknown): boolean {
  const kind = kindOf(value);
  return type === 'integer' ? Number.isInteger(value) : kind === type;
}

function typeCheck({ type }: { readonly [keyword: string]: unknown }): Check | undefined {
  if (type === undefined) return undefined;
  const types = [type].flat();
  const wanted = types.join(' or ');
  return (value, path, report) => {
    if (types.some((one) => hasType(value, one))) return true;
    report?.(path, `is ${article(kindOf(value))} instead of ${wanted}`);
    return false;
  };
}

const article = (kind: string) => (kind === 'null' ? kind : `${/^[aeio]/.test(kind) ? 'an' : 'a'} ${kind}`);

function valueCheck(schema: { readonly [keyword: string]: unknown }): Check | undefined {
  const allowed = 'const' in schema ? [schema['const']] : schema['enum'];
  if (!Array.isArray(allowed)) return undefined;
  const texts = new Set(allowed.map((one) => JSON.stringify(one)));
  return (value, path, report) =>
    texts.has(JSON.stringify(value)) || fail('is none of the listed values')(value, path, report);
}

function textCheck({ minLength, maxLength, pattern }: { readonly [keyword: string]: unknown }): Check | undefined {
  const expression = typeof pattern === 'string' ? toExpression(pattern) : undefined;
  if (minLength === undefined && maxLength === undefined && !expression) return undefined;
  return (value, path, report) => {
    if (typeof value !== 'string') return true;
    if (value.length < Number(minLength ?? 0)) return fail('is too short')(value, path, report);
    if (value.length > Number(maxLength ?? Number.POSITIVE_INFINITY)) return fail('is too long')(value, path, report);
    return !expression || expression.test(value) || fail('does not have the form of the schema')(value, path, report);
  };
}

function toExpression(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

function numberCheck(schema: { readonly [keyword: string]: unknown }): Check | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if ([minimum, maximum, exclusiveMinimum, exclusiveMaximum].every((bound) => typeof bound !== 'number'))
    return undefined;
  const below = (value: number) =>
    value < Number(minimum ?? value) || value <= Number(exclusiveMinimum ?? Number.NEGATIVE_INFINITY);
  const above = (value: number) =>
    value > Number(maximum ?? value) || value >= Number(exclusiveMaximum ?? Number.POSITIVE_INFINITY);
  return (value, path, report) => {
    if (typeof value !== 'number') return true;
    if (below(value)) return fail('is too small')(value, path, report);
    return !above(value) || fail('is too large')(value, path, report);
  };
}

function listCheck(schema: { readonly [keyword: string]: unknown }, context: Context): Check | undefined {
  const { items, additionalItems, prefixItems, minItems, maxItems } = schema;
  const tuple = (Array.isArray(items) ? items : prefixItems) as JsonSchema[] | undefined;
  const first = (tuple ?? []).map((item) => compile(item, context));
  const others = tuple && Array.isArray(items) ? additionalItems : items;
  const rest = isSchema(others) ? compile(others, context) : undefined;
  if (first.length === 0 && !rest && minItems === undefined && maxItems === undefined) return undefined;
  return (value, path, report) => {
    if (!Array.isArray(value)) return true;
    if (value.length < Number(minItems ?? 0)) return fail('has too few elements')(value, path, report);
    if (value.length > Number(maxItems ?? Number.POSITIVE_INFINITY))
      return fail('has too many elements')(value, path, report);
    let good = true;
    for (const [index, item] of value.entries()) {
      const check = first[index] ?? rest;
      // `undefined` in a list is null once it is JSON.
      if (check && !check(asJson(item) ?? null, `${path}[]`, report)) good = false;
    }
    return good;
  };
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value));

function objectCheck(schema: { readonly [keyword: string]: unknown }, context: Context): Check | undefined {
  const { properties, required, additionalProperties, patternProperties } = schema;
  const fields = new Map(
    Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(([name, field]) => [
      name,
      compile(field, context),
    ]),
  );
  const patterns = Object.entries((patternProperties ?? {}) as Record<string, JsonSchema>).flatMap(
    ([pattern, field]) => {
      const expression = toExpression(pattern);
      return expression ? [{ expression, check: compile(field, context) }] : [];
    },
  );
  const needed = Array.isArray(required) ? (required as string[]) : [];
  const others = otherKeys(additionalProperties, context);
  if (fields.size === 0 && needed.length === 0 && !others && patterns.length === 0) return undefined;
  return (value, path, report) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return true;
    const object = value as Record<string, unknown>;
    const at = (name: string) => (path === '' ? name : `${path}.${name}`);
    let good = true;
    for (const name of needed) {
      if (asJson(object[name]) !== undefined) continue;
      report?.(at(name), 'is missing');
      good = false;
    }
    for (const name of Object.keys(object)) {
      const field = asJson(object[name]);
      if (field === undefined) continue;
      const check = fields.get(name) ?? patterns.find(({ expression }) => expression.test(name))?.check ?? others;
      if (check && !check(field, at(name), report)) good = false;
    }
    return good;
  };
}

function otherKeys(additionalProperties: unknown, context: Context): Check | undefined {
  if (additionalProperties === false) return context.extraKeys ? undefined : fail('is not in the schema');
  return isSchema(additionalProperties) ? compile(additionalProperties, context) : undefined;
}

/** Tells of the one alternative that the value can be meant for; of several, only that none fits. */
function alternatives(list: readonly JsonSchema[], context: Context): Check {
  const checks = list.map((one) => ({ check: compile(one, context), type: typeOf(one, context) }));
  return (value, path, report) => {
    if (checks.some(({ check }) => check(value, path, undefined))) return true;
    if (!report) return false;
    const meant = checks.filter(({ type }) => type === undefined || type.some((one) => hasType(value, one)));
    if (meant.length === 1) return meant[0]!.check(value, path, report);
    const types = checks.flatMap(({ type }) => type ?? []);
    if (meant.length === 0 && types.length > 0)
      report(path, `is ${article(kindOf(value))} instead of ${[...new Set(types)].join(' or ')}`);
    else report(path, 'fits none of the alternatives');
    return false;
  };
}

function typeOf(schema: JsonSchema, { definitions }: Context): string[] | undefined {
  if (typeof schema === 'boolean') return undefined;
  const ref = schema['$ref'];
  const target = typeof ref === 'string' ? definitions[ref.replace(/^#\/(?:definitions|\$defs)\//, '')] : schema;
  if (target === undefined || typeof target === 'boolean' || target['type'] === undefined) return undefined;
  return [target['type']].flat() as string[];
}

/** As `JSON.stringify` would write it: undefined for what drops out. */
function asJson(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && typeof (value as { toJSON?: unknown }).toJSON === 'function')
    return (value as { toJSON(): unknown }).toJSON();
  if (typeof value === 'number' && !Number.isFinite(value)) return null;
  return typeof value === 'function' || typeof value === 'symbol' ? undefined : value;
}
