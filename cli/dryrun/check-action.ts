// An action's input and output against its schemas, as an instance checks them: told, or refused with `--validate`.
import { SynclineError } from '../../core/errors.ts';
import { createMatcher, type JsonSchema } from '../../core/functions/match-schema.ts';
import type { Definition } from '../compile/read-definition.ts';
import type { Timeline } from './timeline.ts';

/** Of a value that differs in every element of a list. */
const maxTold = 50;

/** @throws SynclineError invalid_action_input, invalid_action_output where mismatches are refused */
export function checkAction(
  what: 'input' | 'output',
  value: unknown,
  { definition, refuse, timeline }: { definition: Definition; refuse: boolean; timeline: Timeline },
): void {
  const model = what in definition ? (definition as { input?: string; output?: string })[what] : undefined;
  const definitions = definition.definitions as Record<string, JsonSchema>;
  const schema = model === undefined ? undefined : definitions[model];
  if (model === undefined || schema === undefined) return;
  const validation: { path: string; message: string }[] = [];
  const matches = createMatcher(schema, definitions, { extraKeys: what === 'input' });
  const matched = matches(value ?? null, (path, message) => {
    if (validation.length < maxTold) validation.push({ path, message });
  });
  if (matched) return;
  const message = `The ${what} does not match the schema ${model}.`;
  if (!refuse) {
    timeline.note('warn', message, { validation });
    return;
  }
  throw new SynclineError(`invalid_action_${what}`, message, {
    status: 400,
    payload: { validation, model, ...(what === 'output' && { data: value }) },
  });
}
