// The two ways to call each of the typed methods: the long one that names the connection, and the short one by name alone.
import type { Place } from './types/place.ts';
import type { RecordQuery } from './types/records.ts';

export type NamedRecordQuery<Model extends string = string> = RecordQuery & { model: Model };

/** `({ model, … })` or `(model, { … })`. */
export function readRecordArguments(first: string | NamedRecordQuery, rest: RecordQuery = {}): NamedRecordQuery {
  return typeof first === 'string' ? { ...rest, model: first } : first;
}

export interface ActionCall {
  name: string;
  input: unknown;
  place: Place;
}

/** `(integration, connection, name, input?)` or `(name, input?, { … }?)`; only the long form has a third text. */
export function readActionArguments(given: readonly unknown[]): ActionCall {
  if (typeof given[2] === 'string') {
    const [providerConfigKey, connectionId, name, input] = given as [string, string, string, unknown];
    return { name, input, place: { providerConfigKey, connectionId } };
  }
  const [name, input, place = {}] = given as [string, unknown, Place?];
  return { name, input, place };
}
