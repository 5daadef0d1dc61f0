// What a file imports and which globals that open sockets it uses: from its syntax tree, so that text in strings does not count.
import { parseAst } from 'vitest/node';

export interface Import {
  specifier: string;
  /** Gone when types are stripped. `import { type A }` is not: the module is still loaded. */
  typeOnly: boolean;
}

export interface Reading {
  imports: Import[];
  /** Uses of the global `fetch`, `WebSocket` and `EventSource`. A parameter or variable of that name is not the global. */
  socketGlobals: string[];
  /** Every statement is an import or a re-export, and there is a re-export. */
  isBarrel: boolean;
}

interface Node {
  type: string;
  [key: string]: unknown;
}

const socketGlobals = new Set(['fetch', 'WebSocket', 'EventSource']);
const bindingParents =
  /^(VariableDeclarator|ImportSpecifier|ImportDefaultSpecifier|FunctionDeclaration|AssignmentPattern)$/;

export function readImports({ path, text }: { path: string; text: string }): Reading {
  const program = parseAst(text, { lang: path.endsWith('.tsx') ? 'tsx' : 'ts' }) as unknown as Node & { body: Node[] };
  const imports: Import[] = [];
  const used: string[] = [];
  const bound = new Set<string>();

  function visit(node: Node): void {
    const add = (source: unknown, typeOnly: boolean) => {
      const specifier = isNode(source) ? source['value'] : undefined;
      if (typeof specifier === 'string') imports.push({ specifier, typeOnly });
    };
    if (node.type === 'ImportDeclaration') add(node['source'], node['importKind'] === 'type');
    if (/^Export(All|Named)Declaration$/.test(node.type)) add(node['source'], node['exportKind'] === 'type');
    if (node.type === 'ImportExpression') add(node['source'], false);
    if (node.type === 'TSImportType') add(node['source'], true);
    if (node.type === 'TSExternalModuleReference') add(node['expression'], false);
    if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      const name = identifier(node['callee']);
      if (name === 'require') add((node['arguments'] as unknown[])[0], false);
      if (name !== undefined && socketGlobals.has(name)) used.push(name);
    }
    if (node.type === 'MemberExpression' && identifier(node['object']) === 'globalThis') {
      const name = identifier(node['property']);
      if (name !== undefined && socketGlobals.has(name)) used.push(`globalThis.${name}`);
    }
    for (const name of bindings(node)) bound.add(name);
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child);
    }
  }
  visit(program);

  const reExports = program.body.filter(
    (node) =>
      node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && isNode(node['source'])),
  );
  const others = program.body.filter((node) => node.type !== 'ImportDeclaration' && !reExports.includes(node));
  return {
    imports,
    socketGlobals: used.filter((name) => !bound.has(name)),
    isBarrel: reExports.length > 0 && others.length === 0,
  };
}

function* bindings(node: Node): Generator<string> {
  if (bindingParents.test(node.type)) yield* names(node['id'] ?? node['local'] ?? node['left']);
  if (Array.isArray(node['params'])) for (const parameter of node['params']) yield* names(parameter);
}

function* names(pattern: unknown): Generator<string> {
  if (!isNode(pattern)) return;
  const name = identifier(pattern);
  if (name !== undefined) yield name;
  if (pattern.type === 'ObjectPattern') {
    for (const property of pattern['properties'] as Node[]) yield* names(property['value'] ?? property['argument']);
  }
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

const identifier = (node: unknown): string | undefined =>
  isNode(node) && node.type === 'Identifier' ? (node['name'] as string) : undefined;
