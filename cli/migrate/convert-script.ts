// One script of a nango.yaml project → the code-first form. Positions decide what changes, so comments and layout stay.
import type { Node, SourceFile } from 'typescript/unstable/ast';
import * as ast from 'typescript/unstable/ast';
import { nangoMember, visit } from '../compile/source-walk.ts';
import type { YamlScript } from '../nango-yaml/find-scripts.ts';
import type { ImportContext } from './convert-imports.ts';
import { convertImports, namesIn, renderImports } from './convert-imports.ts';
import type { Code } from './render-declaration.ts';
import { renderDeclaration } from './render-declaration.ts';
import type { Edit } from './text-edits.ts';
import { applyEdits, editRange } from './text-edits.ts';

const batchCalls = new Set(['batchSave', 'batchSend', 'batchUpdate', 'batchDelete']);
const surfaces = ['NangoSync', 'NangoAction'];

type FunctionLike = ast.FunctionDeclaration | ast.ArrowFunction | ast.FunctionExpression;

export interface Converted {
  text: string;
  /** What a person should look at. */
  remarks: string[];
}

/** A module that no line of nango.yaml declares: only its imports change. */
export function convertModule(source: SourceFile, context: ImportContext): Converted {
  const { edits, fromModels } = convertImports(source, context);
  const lines = renderImports({ usesZod: false, schemas: [] }, { fromModels, used: namesIn(source, []) }, context);
  return {
    text: applyEdits(source.text, [
      ...edits,
      { from: firstStatement(source), to: firstStatement(source), text: lines },
    ]),
    remarks: [],
  };
}

/** @returns undefined when its default export is no function that can be moved */
export function convertScript(
  source: SourceFile,
  declared: YamlScript['declared'],
  context: ImportContext,
): Converted | undefined {
  const main = findMain(source);
  if (main === undefined) return undefined;
  const webhook = declared.type === 'sync' ? findExported(source, 'onWebhookPayloadReceived') : undefined;
  const remarks: string[] = [];
  const { edits: imports, fromModels } = convertImports(source, context);

  const inner: Edit[] = [...stripTypeArguments(source), ...dropTypes(source, main.code)];
  if (webhook !== undefined) inner.push(...dropTypes(source, webhook.code));
  const removed = inner.filter(({ text }) => text === '');
  const names = namesIn(source, removed);
  const localTypes = surfaces.filter((name) => fromModels.get(name) === name && names.has(name));
  inner.push(...renameTypes(source, localTypes, removed));

  const code: Code = {
    exec: renderFunction(source, main.code, inner),
    ...(webhook && {
      onWebhook: {
        comment: source.text.slice(webhook.statement.pos, webhook.statement.getStart(source)).trim(),
        code: renderFunction(source, webhook.code, inner),
      },
    }),
    takesInput: main.code.parameters.length > 1,
    returns: returnsValue(main.code),
  };
  const { text, factory, variable, models, usesZod } = renderDeclaration(declared, code);
  const aliases = localTypes.map((name) => `type ${name}Local = Parameters<(typeof ${variable})['exec']>[0];\n`);
  const whole = `${text}\n\n${aliases.length > 0 ? `${aliases.join('')}\n` : ''}export default ${variable};`;

  for (const name of surfaces) names.delete(name);
  const gone = [...(webhook ? [webhook.statement] : []), ...(main.exportedBy ? [main.exportedBy] : [])];
  const header = renderImports({ factory, usesZod, schemas: models }, { fromModels, used: names }, context);
  const edits: Edit[] = [
    { from: firstStatement(source), to: firstStatement(source), text: header },
    ...imports,
    { from: main.statement.getStart(source), to: main.statement.end, text: whole },
    ...gone.map((statement) => ({ from: statement.pos, to: statement.end, text: '' })),
  ];
  const replaced = [main.statement, ...gone];
  const outside = inner.filter((edit) => !replaced.some((node) => edit.from >= node.pos && edit.to <= node.end));
  return { text: applyEdits(source.text, [...edits, ...outside, ...dropExports(source, replaced, remarks)]), remarks };
}

interface Main {
  /** Where the declaration comes to stand. */
  statement: Node;
  code: FunctionLike;
  /** `export default fetchData;`, when the function stands elsewhere. */
  exportedBy?: Node;
}

function findMain(source: SourceFile): Main | undefined {
  for (const statement of source.statements) {
    if (ast.isFunctionDeclaration(statement) && hasModifier(statement, ast.SyntaxKind.DefaultKeyword)) {
      return { statement, code: statement };
    }
    if (!ast.isExportAssignment(statement)) continue;
    const { expression } = statement;
    if (ast.isArrowFunction(expression) || ast.isFunctionExpression(expression)) return { statement, code: expression };
    const named = ast.isIdentifier(expression) ? findNamed(source, expression.text) : undefined;
    return named && { ...named, exportedBy: statement };
  }
  return undefined;
}

function findNamed(source: SourceFile, name: string): Main | undefined {
  for (const statement of source.statements) {
    if (ast.isFunctionDeclaration(statement) && statement.name?.text === name) return { statement, code: statement };
    if (!ast.isVariableStatement(statement) || statement.declarationList.declarations.length !== 1) continue;
    const [declaration] = statement.declarationList.declarations;
    const { name: bound, initializer } = declaration!;
    if (!ast.isIdentifier(bound) || bound.text !== name || initializer === undefined) continue;
    if (ast.isArrowFunction(initializer) || ast.isFunctionExpression(initializer)) {
      return { statement, code: initializer };
    }
  }
  return undefined;
}

function findExported(source: SourceFile, name: string): Main | undefined {
  const found = findNamed(source, name);
  return found && hasModifier(found.statement, ast.SyntaxKind.ExportKeyword) ? found : undefined;
}

/** `async (nango, input) => {…}`: the declaration gives the types. */
function renderFunction(source: SourceFile, code: FunctionLike, edits: Edit[]): string {
  const parameters = code.parameters.map((one) => editRange(source.text, one.getStart(source), one.end, edits));
  const start = hasModifier(code, ast.SyntaxKind.AsyncKeyword) ? 'async ' : '';
  const body = code.body === undefined ? '{}' : renderBody(source, code.body, edits);
  return `${start}(${parameters.join(', ')}) => ${body}`;
}

/** One level further in, except inside of template literals, where white space is content. */
function renderBody(source: SourceFile, body: Node, edits: Edit[]): string {
  const fixed: { from: number; to: number }[] = [...edits];
  visit(body, (node) => {
    if (ast.isNoSubstitutionTemplateLiteral(node) || ast.isTemplateExpression(node)) {
      fixed.push({ from: node.getStart(source), to: node.end });
    }
  });
  const from = body.getStart(source);
  const indents: Edit[] = [];
  for (let at = source.text.indexOf('\n', from); at !== -1 && at < body.end; at = source.text.indexOf('\n', at + 1)) {
    const isEmpty = /^\r?\n/.test(source.text.slice(at + 1, at + 3));
    const isFixed = fixed.some((range) => at >= range.from && at < range.to);
    if (!isEmpty && !isFixed) indents.push({ from: at + 1, to: at + 1, text: '  ' });
  }
  return editRange(source.text, from, body.end, [...edits, ...indents]);
}

/** The types of a function's parameters and result: with them, the declaration could not give its own. */
function dropTypes(source: SourceFile, code: FunctionLike): Edit[] {
  const edits = code.parameters.flatMap(({ name, type }) =>
    type === undefined ? [] : [{ from: name.end, to: type.end, text: '' }],
  );
  const { type } = code;
  const close = type === undefined ? -1 : source.text.lastIndexOf(')', type.getStart(source));
  return type === undefined ? edits : [...edits, { from: close + 1, to: type.end, text: '' }];
}

/** `nango.batchSave<Contact>(…)`: the type is that of the model which is named. */
function stripTypeArguments(source: SourceFile): Edit[] {
  const edits: Edit[] = [];
  visit(source, (node) => {
    const member = nangoMember(node);
    if (member === undefined || !batchCalls.has(member) || !ast.isCallExpression(node)) return;
    const { typeArguments } = node;
    if (typeArguments === undefined) return;
    const open = source.text.lastIndexOf('<', typeArguments.pos);
    edits.push({ from: open, to: source.text.indexOf('>', typeArguments.end) + 1, text: '' });
  });
  return edits;
}

function renameTypes(source: SourceFile, names: string[], removed: Edit[]): Edit[] {
  const edits: Edit[] = [];
  for (const statement of source.statements) {
    if (ast.isImportDeclaration(statement)) continue;
    visit(statement, (node) => {
      if (!ast.isIdentifier(node) || !names.includes(node.text)) return;
      const from = node.getStart(source);
      if (removed.some((edit) => from >= edit.from && from < edit.to)) return;
      edits.push({ from, to: node.end, text: `${node.text}Local` });
    });
  }
  return edits;
}

/** A function's file exports types only. */
function dropExports(source: SourceFile, replaced: Node[], remarks: string[]): Edit[] {
  return source.statements.flatMap((statement): Edit[] => {
    const { kind } = statement;
    const isType = kind === ast.SyntaxKind.InterfaceDeclaration || kind === ast.SyntaxKind.TypeAliasDeclaration;
    const keyword = modifiersOf(statement).find((modifier) => modifier.kind === ast.SyntaxKind.ExportKeyword);
    if (replaced.includes(statement) || isType || keyword === undefined) return [];
    remarks.push(
      'exports more than its function: the export was dropped; move it to a module if another file imports it.',
    );
    return [{ from: keyword.getStart(source), to: keyword.end + 1, text: '' }];
  });
}

function returnsValue({ body }: FunctionLike): boolean {
  if (body === undefined) return false;
  if (!ast.isBlock(body)) return true;
  let found = false;
  const look = (node: Node): void => {
    if (ast.isFunctionDeclaration(node) || ast.isArrowFunction(node) || ast.isFunctionExpression(node)) return;
    if (ast.isReturnStatement(node) && node.expression !== undefined) found = true;
    node.forEachChild(look);
  };
  body.forEachChild(look);
  return found;
}

/** Where imports go: before the first one, else before everything, comments of the first statement included. */
function firstStatement(source: SourceFile): number {
  const [first] = source.statements;
  if (first === undefined) return source.text.length;
  return ast.isImportDeclaration(first) ? first.getStart(source) : first.pos;
}

function modifiersOf(node: Node): readonly Node[] {
  return 'modifiers' in node ? ((node.modifiers as readonly Node[] | undefined) ?? []) : [];
}

function hasModifier(node: Node, kind: ast.SyntaxKind): boolean {
  return modifiersOf(node).some((modifier) => modifier.kind === kind);
}
