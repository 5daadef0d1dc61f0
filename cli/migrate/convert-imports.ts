// The imports of a script that moves to code-first: types of the generated models file come from packages and from models.ts, relative
// paths get their extension.
import path from 'node:path';
import type { Node, SourceFile } from 'typescript/unstable/ast';
import * as ast from 'typescript/unstable/ast';
import { visit } from '../compile/source-walk.ts';
import type { Edit } from './text-edits.ts';

export interface ImportContext {
  /** Absolute, before and after: a script may move. */
  from: string;
  to: string;
  /** The project's folder, absolute. */
  dir: string;
  models: ReadonlySet<string>;
  /** Whether a file is there; absolute. */
  exists(file: string): boolean;
}

export interface ConvertedImports {
  edits: Edit[];
  /** Names that the old models file gave, as the script calls them, with the name they had there. */
  fromModels: Map<string, string>;
}

const modelsFile = /^\.{1,2}\/(.*\/)?models(\.js|\.ts)?$/;

export function convertImports(source: SourceFile, context: ImportContext): ConvertedImports {
  const edits: Edit[] = [];
  const fromModels = new Map<string, string>();
  for (const statement of source.statements) {
    const specifier = specifierOf(statement);
    if (specifier === undefined) continue;
    if (ast.isImportDeclaration(statement) && modelsFile.test(specifier.text) && isOldModels(specifier.text, context)) {
      const bindings = statement.importClause?.namedBindings;
      if (bindings === undefined || !ast.isNamedImports(bindings)) continue;
      for (const element of bindings.elements) {
        fromModels.set(element.name.text, (element.propertyName ?? element.name).text);
      }
      edits.push({ from: statement.getStart(source), to: afterLine(source.text, statement.end), text: '' });
    } else if (specifier.text.startsWith('.')) {
      const text = `'${relocate(specifier.text, context)}'`;
      edits.push({ from: specifier.getStart(source), to: specifier.end, text });
    }
  }
  return { edits, fromModels };
}

function specifierOf(statement: Node) {
  if (!ast.isImportDeclaration(statement) && !ast.isExportDeclaration(statement)) return undefined;
  const { moduleSpecifier } = statement;
  return moduleSpecifier !== undefined && ast.isStringLiteral(moduleSpecifier) ? moduleSpecifier : undefined;
}

/** The generated file lies in the project's root; another module of that name is the author's own. */
function isOldModels(specifier: string, { from, dir, exists }: ImportContext): boolean {
  const target = path.resolve(path.dirname(from), specifier.replace(/\.(js|ts)$/, ''));
  return target === path.join(dir, 'models') || !exists(`${target}.ts`);
}

/** The same module, seen from where the script will be, with the extension that Node wants. */
function relocate(specifier: string, { from, to, exists }: ImportContext): string {
  const bare = path.resolve(path.dirname(from), specifier.replace(/\.(js|ts)$/, ''));
  const target = exists(`${bare}.ts`)
    ? `${bare}.js`
    : exists(path.join(bare, 'index.ts'))
      ? `${bare}/index.js`
      : undefined;
  const absolute = target ?? path.resolve(path.dirname(from), specifier);
  const relative = path.relative(path.dirname(to), absolute).replaceAll(path.sep, '/');
  return relative.startsWith('.') ? relative : `./${relative}`;
}

/** The one name of the old models file that is more than a type. */
const errorClass = 'ActionError';

/** The import lines that replace what the old models file gave, for the names that are still used. */
export function renderImports(
  { factory, usesZod, schemas }: { factory?: string; usesZod: boolean; schemas: string[] },
  { fromModels, used }: { fromModels: Map<string, string>; used: ReadonlySet<string> },
  { to, dir, models }: Pick<ImportContext, 'to' | 'dir' | 'models'>,
): string {
  const named = [...fromModels].filter(([local]) => used.has(local));
  const clause = ([local, name]: [string, string]) => (local === name ? name : `${name} as ${local}`);
  const foreign = named.filter(([, name]) => !models.has(name));
  const types = foreign.filter(([, name]) => name !== errorClass).map(clause);
  const values = [
    ...(factory === undefined ? [] : [factory]),
    ...foreign.filter(([, name]) => name === errorClass).map(clause),
  ];
  const own = new Map(named.filter(([, name]) => models.has(name)));
  for (const schema of schemas) if (own.get(schema) !== schema) own.set(schema, schema);
  const file = relativeTo(to, path.join(dir, 'models.js'));
  return [
    ...(types.length > 0 ? [`import type { ${types.join(', ')} } from '@syncline/functions';`] : []),
    ...(values.length > 0 ? [`import { ${values.join(', ')} } from '@syncline/functions';`] : []),
    ...(usesZod ? ["import { z } from 'zod';"] : []),
    ...(own.size > 0
      ? [`import ${schemas.length > 0 ? '' : 'type '}{ ${[...own].map(clause).join(', ')} } from '${file}';`]
      : []),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function relativeTo(from: string, file: string): string {
  const relative = path.relative(path.dirname(from), file).replaceAll(path.sep, '/');
  return relative.startsWith('.') ? relative : `./${relative}`;
}

/** Names that a source mentions outside of its imports and of ranges that go away. */
export function namesIn(source: SourceFile, removed: readonly { from: number; to: number }[]): Set<string> {
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (ast.isImportDeclaration(statement)) continue;
    visit(statement, (node) => {
      if (!ast.isIdentifier(node) || isKey(node)) return;
      const at = node.getStart(source);
      if (!removed.some(({ from, to }) => at >= from && at < to)) names.add(node.text);
    });
  }
  return names;
}

/** `x.name` and `{ name: 1 }` mention no variable and no type. */
function isKey(node: Node): boolean {
  const { parent } = node;
  if (ast.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ast.isPropertyAssignment(parent) || ast.isPropertySignatureDeclaration(parent)) return parent.name === node;
  return false;
}

function afterLine(text: string, end: number): number {
  const rest = /^[ \t]*\r?\n/.exec(text.slice(end));
  return end + (rest?.[0].length ?? 0);
}
