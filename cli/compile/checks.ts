// What types cannot say about a function's source: the form of its exports, calls that nobody awaits, the order of delete tracking.
import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { CallExpression, Node, SourceFile } from 'typescript/unstable/ast';
import * as ast from 'typescript/unstable/ast';
import type { Diagnostic } from '../errors.ts';
import { checkOrder } from './check-order.ts';
import { openCompiler } from './open-compiler.ts';
import type { Report } from './source-walk.ts';
import { nangoMember, visit } from './source-walk.ts';

const factories = new Set(['createSync', 'createAction', 'createOnEvent', 'createFunction']);

/** A lost promise of these loses data or hides an error. */
const mustBeAwaited = new Set([
  'batchSave',
  'batchSend',
  'batchDelete',
  'batchUpdate',
  'get',
  'post',
  'put',
  'patch',
  'delete',
  'proxy',
  'log',
  'getConnection',
  'getMetadata',
  'setMetadata',
  'updateMetadata',
  'getFieldMapping',
  'setFieldMapping',
  'getEnvironmentVariables',
  'setMergingStrategy',
  'triggerAction',
  'triggerSync',
  'trackDeletesStart',
  'trackDeletesEnd',
  'deleteRecordsFromPreviousExecutions',
  'saveCheckpoint',
  'clearCheckpoint',
]); // prettier-ignore

interface CheckedFile {
  file: string;
  path: string;
  /** Of a nango.yaml project: free in the form of its exports. */
  declared?: unknown;
}

/** Parses every file in one compiler process and reports line and column of each problem. */
export function checkSources({ files, dir }: { files: CheckedFile[]; dir: string }): Diagnostic[] {
  if (files.length === 0) return [];
  const real = files.map((entry) => ({ ...entry, file: realpathSync(entry.file) }));
  const compiler = openCompiler(
    realpathSync(dir),
    real.map(({ file }) => file),
  );
  try {
    return real.flatMap((entry) => {
      const source = compiler.parse(entry.file);
      return source === undefined
        ? []
        : checkSource(source, entry.path.replaceAll(path.sep, '/'), entry.declared === undefined);
    });
  } finally {
    compiler.close();
  }
}

function checkSource(source: SourceFile, file: string, codeFirst: boolean): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (node, { severity = 'error', code, message }) => {
    const { line, character } = source.getLineAndCharacterOfPosition(node.getStart(source));
    diagnostics.push({ severity, code, message, file, line: line + 1, column: character + 1 });
  };
  if (codeFirst) checkExports(source, report);
  visit(source, (node) => {
    checkFloating(node, report);
    checkRetryOn(node, report);
    checkConsole(node, report);
  });
  checkOrder(source, report);
  return diagnostics;
}

function checkExports(source: SourceFile, report: Report): void {
  const named = {
    code: 'named_export',
    message: 'Only types may be exported by name; move other code to a module of its own.',
  };
  const form = {
    code: 'default_export',
    message: 'Write: export default createSync({ … }), or const sync = createSync({ … }); export default sync.',
  };
  for (const statement of source.statements) {
    if (ast.isExportAssignment(statement)) {
      const { expression } = statement;
      const value = ast.isIdentifier(expression) ? initialiserOf(source, expression.text) : expression;
      // A name that comes from an import, or a plain object with `type`, shows its form only when it is evaluated.
      if (value !== undefined && !isDeclaration(value)) report(statement, form);
    } else if (isExported(statement) && !isTypeOnly(statement)) {
      report(statement, named);
    }
  }
}

function isExported(statement: Node): boolean {
  const modifiers = 'modifiers' in statement ? (statement.modifiers as readonly Node[] | undefined) : undefined;
  return modifiers?.some((modifier) => modifier.kind === ast.SyntaxKind.ExportKeyword) ?? false;
}

function isTypeOnly({ kind }: Node): boolean {
  return kind === ast.SyntaxKind.InterfaceDeclaration || kind === ast.SyntaxKind.TypeAliasDeclaration;
}

function initialiserOf(source: SourceFile, name: string): Node | undefined {
  for (const statement of source.statements) {
    if (!ast.isVariableStatement(statement)) continue;
    for (const declaration of statement.declarationList.declarations) {
      if (ast.isIdentifier(declaration.name) && declaration.name.text === name) return declaration.initializer;
    }
  }
  return undefined;
}

function isDeclaration(value: Node): boolean {
  if (ast.isObjectLiteralExpression(value)) return true;
  if (!ast.isCallExpression(value) || !ast.isIdentifier(value.expression)) return false;
  const [argument] = value.arguments;
  return factories.has(value.expression.text) && argument !== undefined && ast.isObjectLiteralExpression(argument);
}

function checkFloating(node: Node, report: Report): void {
  if (!ast.isExpressionStatement(node)) return;
  const call = ast.isVoidExpression(node.expression) ? node.expression.expression : node.expression;
  const member = nangoMember(call);
  if (member === undefined || !mustBeAwaited.has(member)) return;
  report(call, { code: 'not_awaited', message: `nango.${member} must be awaited: await nango.${member}(…).` });
}

function checkRetryOn(node: Node, report: Report): void {
  if (!ast.isObjectLiteralExpression(node)) return;
  const keys = node.properties.map(keyOf);
  const spreads = node.properties.some((property) => property.kind === ast.SyntaxKind.SpreadAssignment);
  if (keys.includes('retryOn') && !keys.includes('retries') && !spreads) {
    report(node, { code: 'retry_on_without_retries', message: 'retryOn has no effect without retries; set both.' });
  }
}

function keyOf(property: Node): string | undefined {
  if (!ast.isPropertyAssignment(property) && !ast.isShorthandPropertyAssignment(property)) return undefined;
  return ast.isIdentifier(property.name) ? property.name.text : undefined;
}

function checkConsole(node: Node, report: Report): void {
  if (!ast.isCallExpression(node) || !isConsole(node)) return;
  report(node, {
    severity: 'warning',
    code: 'console',
    message: 'Prefer await nango.log(…): it carries a level and a payload.',
  });
}

function isConsole({ expression }: CallExpression): boolean {
  if (!ast.isPropertyAccessExpression(expression)) return false;
  return ast.isIdentifier(expression.expression) && expression.expression.text === 'console';
}
