// Delete tracking and merging depend on when they are called: source order inside `exec` shows a wrong one before any data does.
import type { Node, SourceFile } from 'typescript/unstable/ast';
import * as ast from 'typescript/unstable/ast';
import type { Report } from './source-walk.ts';
import { nangoMember, visit } from './source-walk.ts';

const batchCalls = new Set(['batchSave', 'batchSend', 'batchUpdate', 'batchDelete']);
const requestCalls = new Set(['get', 'post', 'put', 'patch', 'delete', 'proxy', 'paginate']);

interface Call {
  node: Node;
  member: string;
  /** The model where it is a literal. */
  model: string | undefined;
}

export function checkOrder(source: SourceFile, report: Report): void {
  visit(source, (node) => {
    const body = execBody(node);
    if (body !== undefined) checkCalls(callsIn(body), report);
  });
}

/** `exec: async (nango) => …`, `exec: function …` or `async exec(nango) …`. */
function execBody(node: Node): Node | undefined {
  if (ast.isPropertyAssignment(node) && ast.isIdentifier(node.name) && node.name.text === 'exec')
    return node.initializer;
  if (ast.isMethodDeclaration(node) && ast.isIdentifier(node.name) && node.name.text === 'exec') return node.body;
  return undefined;
}

function callsIn(body: Node): Call[] {
  const calls: Call[] = [];
  visit(body, (node) => {
    const member = nangoMember(node);
    if (member === undefined || !ast.isCallExpression(node)) return;
    const model = node.arguments.find((argument) => ast.isStringLiteral(argument));
    calls.push({ node, member, model: model !== undefined && ast.isStringLiteral(model) ? model.text : undefined });
  });
  return calls;
}

function checkCalls(calls: Call[], report: Report): void {
  const indexesOf = (member: string, model?: string) =>
    calls.flatMap((call, i) => (call.member === member && (model === undefined || call.model === model) ? [i] : []));
  const refuse = (i: number | undefined, code: string, message: string) => {
    const call = i === undefined ? undefined : calls[i];
    if (call !== undefined) report(call.node, { code, message });
  };
  const tracked = calls.filter(({ member }) => member === 'trackDeletesStart' || member === 'trackDeletesEnd');
  const models = new Set(tracked.flatMap(({ model }) => (model === undefined ? [] : [model])));

  for (const model of models) {
    const [start, secondStart] = indexesOf('trackDeletesStart', model);
    const [end, secondEnd] = indexesOf('trackDeletesEnd', model);
    const batches = calls.flatMap((call, i) => (batchCalls.has(call.member) && call.model === model ? [i] : []));
    const code = 'track_deletes_order';
    refuse(secondStart, code, `trackDeletesStart('${model}') is called twice.`);
    refuse(secondEnd, code, `trackDeletesEnd('${model}') is called twice.`);
    if (start === undefined)
      refuse(end, code, `trackDeletesEnd('${model}') needs trackDeletesStart('${model}') before it.`);
    else if (end === undefined)
      refuse(start, code, `trackDeletesStart('${model}') needs trackDeletesEnd('${model}') after it.`);
    else if (end < start) refuse(end, code, `trackDeletesEnd('${model}') comes before its start.`);
    else {
      const early = batches.find((i) => i < start);
      const late = batches.find((i) => i > end);
      refuse(early, code, `This call for ${model} comes before trackDeletesStart('${model}').`);
      refuse(late, code, `This call for ${model} comes after trackDeletesEnd('${model}').`);
    }
  }

  const [cleanUp, secondCleanUp] = indexesOf('deleteRecordsFromPreviousExecutions');
  if (cleanUp !== undefined) {
    const late = calls.findIndex((call, i) => i > cleanUp && batchCalls.has(call.member));
    if (late !== -1) refuse(late, 'delete_order', 'This call comes after deleteRecordsFromPreviousExecutions.');
    if (calls[cleanUp]?.model === calls[secondCleanUp ?? -1]?.model) {
      refuse(secondCleanUp, 'delete_order', 'deleteRecordsFromPreviousExecutions is called twice for one model.');
    }
  }

  const merging = indexesOf('setMergingStrategy').at(-1);
  if (merging !== undefined) {
    const early = calls.findIndex(({ member }) => batchCalls.has(member) || requestCalls.has(member));
    if (early !== -1 && early < merging) {
      refuse(merging, 'merging_order', 'setMergingStrategy must come before any request and any batch call.');
    }
  }
}
