// An action's input and output against the schemas that it was deployed with: mismatches are logged, and refused only where
// the environment says so.
import { SynclineError } from '../../errors.ts';
import { createMatcher, type JsonSchema } from '../../functions/match-schema.ts';
import { note } from './log-calls.ts';
import type { RunContext } from './run-context.ts';

/** Of a value that differs in every element of a list. */
const maxTold = 50;

/** @throws SynclineError invalid_action_input (400) */
export const checkInput = (context: RunContext, input: unknown) => check(context, 'input', () => input ?? null);

/** @param output JSON text @throws SynclineError invalid_action_output (400) */
export const checkOutput = (context: RunContext, output: string) => check(context, 'output', () => JSON.parse(output));

function check(context: RunContext, what: 'input' | 'output', read: () => unknown): void {
  const { definition, facts } = context;
  const model = definition?.[what];
  const definitions = definition?.jsonSchema?.definitions as Record<string, JsonSchema> | undefined;
  const schema = model === undefined ? undefined : definitions?.[model];
  if (schema === undefined || model === undefined) return;
  const value = read();
  const validation: { path: string; message: string }[] = [];
  const matches = createMatcher(schema, definitions!, { extraKeys: what === 'input' });
  const matched = matches(value, (path, message) => {
    if (validation.length < maxTold) validation.push({ path, message });
  });
  if (matched) return;
  const message = `The ${what} does not match the schema ${model}.`;
  if (!facts.enforcesSchemas) {
    note(context, 'warn', message, { validation });
    return;
  }
  throw new SynclineError(`invalid_action_${what}`, message, {
    status: 400,
    payload: { validation, model, ...(what === 'output' && { data: value }) },
  });
}
