// How the checks look at a parsed source.
import type { Node } from 'typescript/unstable/ast';
import * as ast from 'typescript/unstable/ast';

export type Report = (node: Node, problem: { code: string; message: string; severity?: 'error' | 'warning' }) => void;

/** In source order, parents first. */
export function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  node.forEachChild((child) => visit(child, see));
}

/** The member's name of a call on the author's `nango` object, else undefined. */
export function nangoMember(node: Node): string | undefined {
  if (!ast.isCallExpression(node) || !ast.isPropertyAccessExpression(node.expression)) return undefined;
  const { expression: receiver, name } = node.expression;
  return ast.isIdentifier(receiver) && receiver.text === 'nango' ? name.text : undefined;
}
