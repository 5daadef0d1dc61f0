// An action's input and output against its schemas, as an instance checks them: told, or refused with `--validate`.
import { checkValue } from '../../core/functions/check-value.ts';
import type { JsonSchema } from '../../core/functions/match-schema.ts';
import type { Definition } from '../compile/read-definition.ts';
import type { Timeline } from './timeline.ts';

/** @throws SynclineError invalid_action_input, invalid_action_output where mismatches are refused */
export function checkAction(
  what: 'input' | 'output',
  value: unknown,
  { definition, refuse, timeline }: { definition: Definition; refuse: boolean; timeline: Timeline },
): void {
  const model = what in definition ? (definition as { input?: string; output?: string })[what] : undefined;
  const definitions = definition.definitions as Record<string, JsonSchema>;
  const mismatch = checkValue({ what, model, definitions }, () => value ?? null);
  if (!mismatch) return;
  if (refuse) throw mismatch.refusal();
  timeline.note('warn', mismatch.message, { validation: mismatch.validation });
}
