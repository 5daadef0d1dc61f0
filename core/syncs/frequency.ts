// How often a sync runs, as people write it, in ms. The grammar is the functions SDK's, so that a compile and a deploy agree.
import { parseFrequency } from '@syncline/functions/frequency';
import { SynclineError } from '../errors.ts';

/** What is wrong with it, for people; undefined when nothing is. */
export function frequencyProblem(frequency: string): string | undefined {
  const parsed = parseFrequency(frequency);
  return parsed.code === undefined ? undefined : parsed.message;
}

/**
 * ms, or null for a function without `runs`: it runs only when asked.
 * @throws SynclineError invalid_body
 */
export function periodOf(frequency: string | null | undefined): number | null {
  if (!frequency) return null;
  const parsed = parseFrequency(frequency);
  if (parsed.ms === undefined) throw new SynclineError('invalid_body', parsed.message, { status: 400 });
  return parsed.ms;
}
