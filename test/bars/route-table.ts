// The routes as the API itself describes them, with what a request to each has to carry.

export interface Route {
  method: string;
  /** `/connections/{connectionId}` */
  path: string;
  parameters: { name: string; in: 'path' | 'query' | 'header'; required: boolean }[];
  /** JSON schema of the body. */
  body: Schema | undefined;
}

export interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  format?: string;
}

export interface Described {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

interface Operation {
  parameters?: { name: string; in: Route['parameters'][number]['in']; required?: boolean }[];
  requestBody?: { content?: Record<string, { schema: Schema }> };
}

/** By path and method, so that a run is the same each time. */
export const routesOf = ({ paths }: Described): Route[] =>
  Object.entries(paths)
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { parameters = [], requestBody }]) => ({
        method: method.toUpperCase(),
        path,
        parameters: parameters.map(({ required = false, ...rest }) => ({ ...rest, required })),
        body: requestBody?.content?.['application/json']?.schema,
      })),
    )
    .sort((a, b) => `${a.path} ${a.method}`.localeCompare(`${b.path} ${b.method}`));

/** A body that fits, with the values that `pick` has for names and something plausible for the others; required ones only. */
export function bodyOf({ components }: Described, schema: Schema, pick: (name: string) => unknown): unknown {
  const make = (given: Schema, name: string, depth: number): unknown => {
    const one = given.$ref ? (components.schemas[given.$ref.split('/').at(-1)!] ?? {}) : given;
    const [first] = one.anyOf ?? one.oneOf ?? one.allOf ?? [];
    const picked = pick(name);
    if (picked !== undefined && one.type !== 'object' && one.type !== 'array') return picked;
    if (one.enum) return one.enum[0];
    if (first) return make(first, name, depth);
    if (one.type === 'array') return one.items ? [make(one.items, name, depth + 1)] : [];
    if (one.type === 'object' || one.properties) {
      const wanted = Object.entries(one.properties ?? {}).filter(
        ([key]) => depth < 4 && (one.required?.includes(key) || pick(key) !== undefined),
      );
      return Object.fromEntries(wanted.map(([key, value]) => [key, make(value, key, depth + 1)]));
    }
    if (one.type === 'number' || one.type === 'integer') return 1;
    if (one.type === 'boolean') return true;
    return one.format === 'uuid' ? '00000000-0000-4000-8000-000000000000' : 'text';
  };
  return make(schema, '', 0);
}
