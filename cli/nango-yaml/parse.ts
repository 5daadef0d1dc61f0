// nango.yaml → integrations and models, with every mistake and its place. Both schemas: with the levels `syncs` and `actions`, and the
// first one, without.
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Diagnostic } from '../errors.ts';
import { checkTogether } from './check-together.ts';
import { fromFirstSchema, isFirstSchema } from './first-schema.ts';
import type { Place, YamlAction, YamlSync } from './functions.ts';
import { actionSchema, readAction, readSync, syncSchema } from './functions.ts';
import type { AddProblem, Model, Problem } from './models.ts';
import { readModels } from './models.ts';

export type OnEvent = 'post-connection-creation' | 'pre-connection-deletion' | 'validate-connection';

export interface YamlIntegration {
  id: string;
  provider?: string;
  syncs: YamlSync[];
  actions: YamlAction[];
  /** In the order of the file. */
  onEvents: { event: OnEvent; name: string; deprecated?: true }[];
}

export interface NangoYaml {
  integrations: YamlIntegration[];
  models: Map<string, Model>;
  diagnostics: Diagnostic[];
}

const file = 'nango.yaml';
const functionName = /^[a-zA-Z0-9_-]+$/;
const names = z.array(z.string());
const mapping = z.record(z.string(), z.unknown());

const integrationSchema = z.strictObject({
  provider: z.string().optional(),
  syncs: mapping.nullish(),
  actions: mapping.nullish(),
  'on-events': z
    .strictObject({
      'post-connection-creation': names.nullish(),
      'pre-connection-deletion': names.nullish(),
      'validate-connection': names.nullish(),
    })
    .nullish(),
  'post-connection-scripts': names.nullish(),
});

const rootSchema = z.strictObject({ integrations: mapping, models: mapping.nullish() });

/** Never throws: what cannot be read is left out, and said. */
export function parseNangoYaml(text: string): NangoYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems: Problem[] = [];
  const add: AddProblem = (problem) => problems.push({ severity: 'error', ...problem });
  const none = { integrations: [], models: new Map<string, Model>() };

  if (document.errors.length > 0) {
    const diagnostics = document.errors.map(({ message, pos }): Diagnostic => {
      const { line, col } = lines.linePos(pos[0]);
      const [first = ''] = message.split('\n');
      return { severity: 'error', code: 'invalid_yaml', message: first, file, line, column: col };
    });
    return { ...none, diagnostics };
  }
  let raw: unknown;
  try {
    raw = document.toJS();
  } catch (error) {
    add({ code: 'invalid_yaml', message: error instanceof Error ? error.message : String(error), path: [] });
  }
  const result = (problems.length === 0 ? read(raw, add) : undefined) ?? none;
  const diagnostics = problems.map(({ path, ...problem }): Diagnostic => {
    const at = placeOf(path);
    return { ...problem, file, ...(at && { line: at.line, column: at.col }) };
  });
  return { ...result, diagnostics };

  /** Of the deepest part of the path that the file has. */
  function placeOf(path: (string | number)[]): { line: number; col: number } | undefined {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true) as { range?: [number, number, number] } | undefined;
      if (node?.range) return lines.linePos(node.range[0]);
    }
    return undefined;
  }
}

function read(raw: unknown, add: AddProblem): Omit<NangoYaml, 'diagnostics'> | undefined {
  const root = parse(rootSchema, raw, [], add);
  if (root === undefined) return undefined;
  const models = readModels(root.models ?? {}, add);
  const reading = { models, declared: new Set(models.keys()), add };
  const integrations = Object.entries(root.integrations).map(([id, value]): YamlIntegration => {
    const path = ['integrations', id];
    const given = parse(integrationSchema, isFirstSchema(value) ? fromFirstSchema(value) : (value ?? {}), path, add);
    const first = isFirstSchema(value);
    const functions = <S extends z.ZodType, T>(
      kind: 'syncs' | 'actions',
      schema: S,
      readOne: (parsed: z.output<S>, place: Place) => T,
    ): T[] =>
      Object.entries(given?.[kind] ?? {}).flatMap(([name, one]) => {
        const place = { integration: id, name, path: first ? [...path, name] : [...path, kind, name] };
        if (!functionName.test(name)) {
          add({
            code: 'invalid_name',
            message: `The name "${name}" may hold letters, digits, _ and - only.`,
            path: place.path,
          });
        }
        const parsed = parse(schema, one ?? {}, place.path, add);
        return parsed === undefined ? [] : [readOne(parsed, place)];
      });
    return {
      id,
      ...(given?.provider !== undefined && { provider: given.provider }),
      // The first schema has no endpoints; the others must have one for each output.
      syncs: functions('syncs', syncSchema, (one, place) =>
        readSync(one, place, first ? { ...reading, add: withoutEndpoints(add) } : reading),
      ),
      actions: functions('actions', actionSchema, (one, place) => readAction(one, place, reading)),
      onEvents: given === undefined ? [] : readOnEvents(given, path, add),
    };
  });
  checkTogether({ integrations, models }, add);
  return { integrations, models };
}

const withoutEndpoints =
  (add: AddProblem): AddProblem =>
  (problem) => {
    if (problem.code !== 'endpoints_mismatch') add(problem);
  };

function readOnEvents(
  given: z.output<typeof integrationSchema>,
  path: (string | number)[],
  add: AddProblem,
): YamlIntegration['onEvents'] {
  const current = given['on-events'];
  const deprecated = given['post-connection-scripts'];
  if (current && deprecated) {
    add({
      code: 'both_post_connection_scripts_and_on_events_present',
      message: 'Give on-events or post-connection-scripts, not both.',
      path: [...path, 'post-connection-scripts'],
    });
  }
  const events = ['post-connection-creation', 'pre-connection-deletion', 'validate-connection'] as const;
  return [
    ...events.flatMap((event) => (current?.[event] ?? []).map((name) => ({ event, name }))),
    ...(deprecated ?? []).map((name) => ({ event: events[0], name, deprecated: true as const })),
  ];
}

function parse<S extends z.ZodType>(
  schema: S,
  value: unknown,
  path: (string | number)[],
  add: AddProblem,
): z.output<S> | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const below = issue.path.filter((part) => typeof part !== 'symbol');
    const where = [...path, ...below].join('.');
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : undefined;
    const message = unknown ? `${where || file} has no ${unknown.join(', ')}.` : `${where || file}: ${issue.message}`;
    const at = unknown?.[0] === undefined ? [...path, ...below] : [...path, ...below, unknown[0]];
    add({ code: unknown ? 'unknown_key' : 'invalid_nango_yaml', message, path: at });
  }
  return undefined;
}
