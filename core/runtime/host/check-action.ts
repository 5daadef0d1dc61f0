// An action's input and output against its schemas: mismatches are logged, and refused only where the environment says so.
import { checkValue } from '../../functions/check-value.ts';
import type { JsonSchema } from '../../functions/match-schema.ts';
import { note } from './log-calls.ts';
import type { RunContext } from './run-context.ts';

/** @throws SynclineError invalid_action_input (400) */
export const checkInput = (context: RunContext, input: unknown) => check(context, 'input', () => input ?? null);

/** @param output JSON text @throws SynclineError invalid_action_output (400) */
export const checkOutput = (context: RunContext, output: string) => check(context, 'output', () => JSON.parse(output));

function check(context: RunContext, what: 'input' | 'output', read: () => unknown): void {
  const { definition, facts } = context;
  const definitions = definition?.jsonSchema?.definitions as Record<string, JsonSchema> | undefined;
  const mismatch = checkValue({ what, model: definition?.[what], definitions }, read);
  if (!mismatch) return;
  if (facts.enforcesSchemas) throw mismatch.refusal();
  note(context, 'warn', mismatch.message, { validation: mismatch.validation });
}
