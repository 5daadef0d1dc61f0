// The `models` of nango.yaml: their types, what they extend, and what is wrong with them.
import type { ReadType } from './read-type.ts';
import { readFields, readType } from './read-type.ts';
import type { Field, YamlType } from './type-syntax.ts';

export interface Model {
  name: string;
  type: YamlType;
}

export interface Problem {
  severity: 'error' | 'warning';
  code: string;
  message: string;
  /** Keys from the root of the file. */
  path: (string | number)[];
}

export type AddProblem = (problem: Omit<Problem, 'severity'> & { severity?: Problem['severity'] }) => void;

const modelName = /^[a-zA-Z0-9_]+$/;

export function readModels(raw: Record<string, unknown>, add: AddProblem): Map<string, Model> {
  const names = new Set(Object.keys(raw));
  const models = new Map<string, Model>();
  for (const [name, value] of Object.entries(raw)) {
    const path = ['models', name];
    if (!modelName.test(name)) {
      add({ code: 'invalid_model_name', message: `The model "${name}" may hold letters, digits and _ only.`, path });
    }
    const context = typeContext(names, path, add);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const { __extends: extended, ...fields } = value as Record<string, unknown>;
      const own = readFields(fields, context);
      models.set(name, {
        name,
        type: { ...own, fields: [...inherited(extended, raw, { name, add, names }), ...own.fields] },
      });
    } else {
      const message = `The model ${name} is a plain value, not an object of fields.`;
      add({ severity: 'warning', code: 'model_is_literal', message, path });
      models.set(name, { name, type: readType(value, context) });
    }
  }
  for (const model of models.values()) {
    const { type } = model;
    // A later field of a name wins, and keeps the place of the first.
    if (type.kind === 'object') {
      model.type = { ...type, fields: [...new Map(type.fields.map((field) => [field.name, field])).values()] };
    }
  }
  for (const name of findCycles(models)) {
    const message = `The model ${name} contains itself.`;
    add({ severity: 'warning', code: 'cyclic_model', message, path: ['models', name] });
  }
  return models;
}

export function typeContext(models: ReadonlySet<string>, path: (string | number)[], add: AddProblem): ReadType {
  return {
    models,
    report: ({ code, message, path: below }) => {
      const severity = code === 'model_not_found_fallback' ? 'warning' : 'error';
      add({ severity, code, message, path: [...path, ...below] });
    },
  };
}

interface Heir {
  name: string;
  names: ReadonlySet<string>;
  add: AddProblem;
}

/** Fields of `__extends: A, B`, in that order, with what those extend themselves. */
function inherited(extended: unknown, raw: Record<string, unknown>, heir: Heir, seen = [heir.name]): Field[] {
  if (typeof extended !== 'string') return [];
  return extended.split(',').flatMap((part) => {
    const parent = part.trim();
    const value = raw[parent];
    if (!Object.hasOwn(raw, parent) || typeof value !== 'object' || value === null || seen.includes(parent)) {
      const message = `${heir.name} extends ${parent}, which is ${seen.includes(parent) ? 'itself' : 'no model of fields'}.`;
      heir.add({ code: 'model_extends_not_found', message, path: ['models', heir.name, '__extends'] });
      return [];
    }
    const { __extends: further, ...fields } = value as Record<string, unknown>;
    // What is wrong with the parent's fields is said where they stand.
    const silent = typeContext(heir.names, [], () => {});
    return [...inherited(further, raw, heir, [...seen, parent]), ...readFields(fields, silent).fields];
  });
}

/** Names of the models that a type mentions, directly. */
export function modelsIn(type: YamlType): string[] {
  switch (type.kind) {
    case 'model':
      return [type.name];
    case 'array':
      return modelsIn(type.of);
    case 'union':
    case 'tuple':
      return type.of.flatMap(modelsIn);
    case 'object':
      return [...type.fields.flatMap((field) => modelsIn(field.type)), ...(type.rest ? modelsIn(type.rest) : [])];
    default:
      return [];
  }
}

/** A model and all that it reaches, itself first. */
export function reach(name: string, models: ReadonlyMap<string, Model>): string[] {
  const reached = new Set<string>();
  const visit = (next: string) => {
    const model = models.get(next);
    if (model === undefined || reached.has(next)) return;
    reached.add(next);
    for (const other of modelsIn(model.type)) visit(other);
  };
  visit(name);
  return [...reached];
}

export function findCycles(models: ReadonlyMap<string, Model>): string[] {
  return [...models.values()]
    .filter(({ name, type }) => modelsIn(type).some((next) => reach(next, models).includes(name)))
    .map(({ name }) => name);
}
