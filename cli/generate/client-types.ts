// The file that makes @syncline/node typed: every deployed model and action, in the form of the client's registry.
import type { DescribedFunction } from './deployed-functions.ts';
import { comment, printKey, printType, union } from './print-type.ts';

/** The same functions give the same text, whatever their order. */
export function renderClientTypes(functions: readonly DescribedFunction[]): string {
  const names = createNames();
  const models = new Map<string, Set<string>>();
  const actions = new Map<string, { descriptions: Set<string>; inputs: Set<string>; outputs: Set<string> }>();

  const sorted = [...functions].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  for (const { type, name, description, returns, input, definitions } of sorted) {
    if (type === 'sync') {
      for (const model of returns) {
        models.set(model, (models.get(model) ?? new Set()).add(names.print(definitions, model, '  ')));
      }
      continue;
    }
    const known = actions.get(name) ?? { descriptions: new Set(), inputs: new Set(), outputs: new Set() };
    actions.set(name, known);
    if (description !== '') known.descriptions.add(description);
    // Nothing to give: the argument may be left out.
    known.inputs.add(isVoid(definitions, input) ? 'void' : names.print(definitions, input, '    '));
    known.outputs.add(names.print(definitions, returns[0], '    '));
  }

  const modelLines = sortedEntries(models).map(([name, shapes]) => `  ${printKey(name)}: ${union([...shapes])};\n`);
  const actionLines = sortedEntries(actions).map(
    ([name, { descriptions, inputs, outputs }]) =>
      `${comment([...descriptions].join('\n'), '  ')}  ${printKey(name)}: {\n` +
      `    input: ${union([...inputs])};\n    output: ${union([...outputs])};\n  };\n`,
  );
  return [
    '// Made by `syncline generate`. Do not edit.\n',
    "import type {} from '@syncline/node';\n\n",
    ...names.declarations(),
    `export interface Models {\n${modelLines.join('')}}\n\n`,
    `export interface Actions {\n${actionLines.join('')}}\n\n`,
    "declare module '@syncline/node' {\n  interface SynclineRegistry {\n    models: Models;\n    actions: Actions;\n  }\n}\n",
  ].join('');
}

/**
 * Types that others refer to get a name of their own. Definitions are each function's own: where two functions mean different things
 * by one name, the second is `Name_2`.
 */
function createNames() {
  const declared = new Map<string, { name: string; text: string }>();
  const taken = new Set(['Models', 'Actions']);

  function nameFor(definitions: Record<string, unknown>, key: string): string {
    const identity = JSON.stringify([key, reachable(definitions, key)]);
    const known = declared.get(identity);
    if (known !== undefined) return known.name;
    const base = key.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_');
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
    taken.add(name);
    const entry = { name, text: '' };
    declared.set(identity, entry); // before its text: it may refer to itself
    entry.text = printType(definitions[key], { nameOf: (other) => nameFor(definitions, other) });
    return name;
  }

  return {
    print(definitions: Record<string, unknown>, key: string | undefined, indent: string): string {
      if (key === undefined || !Object.hasOwn(definitions, key)) return 'unknown';
      return printType(definitions[key], { nameOf: (other) => nameFor(definitions, other) }, indent);
    },
    declarations: () =>
      [...declared.values()]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, text }) => `export type ${name} = ${text};\n\n`),
  };
}

/** The schema and all that it refers to, for comparing. */
function reachable(definitions: Record<string, unknown>, key: string): [string, unknown][] {
  const found = new Map<string, unknown>();
  const visit = (name: string) => {
    if (found.has(name)) return;
    found.set(name, definitions[name]);
    for (const [, other = ''] of JSON.stringify(definitions[name] ?? null).matchAll(
      /"\$ref":"#\/definitions\/([^"]+)"/g,
    ))
      visit(other);
  };
  visit(key);
  return [...found];
}

function isVoid(definitions: Record<string, unknown>, key: string | undefined): boolean {
  const schema = key === undefined ? undefined : definitions[key];
  return typeof schema === 'object' && schema !== null && (schema as { type?: unknown }).type === 'null';
}

const keyOf = ({ integration, type, name }: DescribedFunction) => `${integration}\0${type}\0${name}`;

function sortedEntries<T>(map: Map<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
