// An action's input or output against the schema that it was deployed with.
import { SynclineError } from '../errors.ts';
import { createMatcher, type JsonSchema } from './match-schema.ts';

/** Of a value that differs in every element of a list. */
const maxTold = 50;

export interface Mismatch {
  message: string;
  validation: { path: string; message: string }[];
  /** invalid_action_input, invalid_action_output (400): for where mismatches are refused. */
  refusal(): SynclineError;
}

export interface ValueSchema {
  what: 'input' | 'output';
  /** Name of the schema; absent: anything goes. */
  model: string | undefined;
  definitions: Record<string, JsonSchema> | undefined;
}

/** @param read is asked only when there is a schema. @returns undefined: it matches */
export function checkValue({ what, model, definitions }: ValueSchema, read: () => unknown): Mismatch | undefined {
  const schema = model === undefined ? undefined : definitions?.[model];
  if (schema === undefined) return undefined;
  const value = read();
  const validation: Mismatch['validation'] = [];
  const matches = createMatcher(schema, definitions!, { extraKeys: what === 'input' });
  const matched = matches(value, (path, message) => {
    if (validation.length < maxTold) validation.push({ path, message });
  });
  if (matched) return undefined;
  const message = `The ${what} does not match the schema ${model}.`;
  const payload = { validation, model, ...(what === 'output' && { data: value }) };
  return {
    message,
    validation,
    refusal: () => new SynclineError(`invalid_action_${what}`, message, { status: 400, payload }),
  };
}
