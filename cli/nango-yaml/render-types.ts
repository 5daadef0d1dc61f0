// Models of nango.yaml as the TypeScript that scripts import from the generated `models.ts`.
import type { Model } from './models.ts';
import type { Field, Primitive, YamlType } from './type-syntax.ts';

/** What scripts of this form find there beside their models: saves that name their type, and names that are gone. */
const surface = `import type { NangoSync as CodeFirstSync, ProxyResponse } from '@syncline/functions';
export * from '@syncline/functions';
export type AxiosResponse<T = any> = ProxyResponse<T>;
export type Metadata = Record<string, any>;
type Batch = 'batchSave' | 'batchSend' | 'batchUpdate' | 'batchDelete';
export interface NangoSync extends Omit<CodeFirstSync, Batch> {
  batchSave<T = any>(records: T[], model: string): Promise<boolean>;
  batchSend<T = any>(records: T[], model: string): Promise<boolean>;
  batchUpdate<T = any>(records: T[], model: string): Promise<boolean>;
  batchDelete<T = any>(records: T[], model: string): Promise<boolean>;
}
`;

/** `date` is a Date here: that is what these scripts were written against. */
const primitives: Partial<Record<Primitive, string>> = { date: 'Date' };

export function renderTypes(models: ReadonlyMap<string, Model>): string {
  const types = [...models.values()].map(({ name, type }) => `export type ${name} = ${renderType(type)};\n`);
  return [surface, ...types].join('');
}

function renderType(type: YamlType): string {
  switch (type.kind) {
    case 'primitive':
      return primitives[type.name] ?? type.name;
    case 'literal':
      return JSON.stringify(type.value);
    case 'model':
      return type.name;
    case 'array':
      return `(${renderType(type.of)})[]`;
    case 'tuple':
      return `[${type.of.map(renderType).join(', ')}]`;
    case 'union':
      return type.of.map((one) => `(${renderType(one)})`).join(' | ');
    case 'object':
      return renderObject(type.fields, type.rest);
  }
}

function renderObject(fields: Field[], rest: YamlType | undefined): string {
  const own = fields.map(({ name, optional, type }) => {
    return `${JSON.stringify(name)}${optional ? '?' : ''}: ${renderType(type)}${optional ? ' | undefined' : ''};`;
  });
  // An index signature covers the fields too.
  const held = rest && [rest, ...fields.map(({ type }) => type)].map((one) => `(${renderType(one)})`);
  const index = held
    ? [`[key: string]: ${held.join(' | ')}${fields.some(({ optional }) => optional) ? ' | undefined' : ''};`]
    : [];
  return `{ ${[...own, ...index].join(' ')} }`;
}
