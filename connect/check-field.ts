// What is wrong with a value, as soon as its field was left. The server checks all of it again, and more.
import { parseUrl } from './parse-url.ts';
import type { Field } from './server.ts';

export type Fault = 'missing' | 'pattern' | 'hostname' | 'uuid' | 'email' | 'uri';
export type Values = Readonly<Record<string, string>>;

/** Fields of different places may have one name. */
export const idOf = ({ place, name }: Pick<Field, 'place' | 'name'>): string => `${place}-${name}`;

const formats: Record<NonNullable<Field['format']>, (value: string) => boolean> = {
  hostname: (value) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?$/i.test(value),
  uuid: (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value),
  email: (value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value),
  uri: (value) => parseUrl(value) !== undefined,
};

export function findFault(field: Field, value: string): Fault | undefined {
  if (value === '') return field.required ? 'missing' : undefined;
  if (field.pattern !== undefined && !new RegExp(field.pattern).test(value)) return 'pattern';
  return field.format !== undefined && !formats[field.format](value) ? field.format : undefined;
}

export const isFitting = (field: Field, value: string): boolean => findFault(field, value) === undefined;

/** Those that are shown while the others have these values. */
export const shownFields = (fields: readonly Field[], values: Values): Field[] =>
  fields.filter(({ visible_when: rule, place }) => {
    const other = rule && fields.find((field) => field.name === rule.field && field.place === place);
    return !rule || (other !== undefined && enteredIn(other, values) === rule.equals);
  });

export const enteredIn = (field: Field, values: Values): string => values[idOf(field)] ?? field.value ?? '';

/** By field. */
export function findFaults(fields: readonly Field[], values: Values): Map<string, Fault> {
  const found = shownFields(fields, values).map(
    (field) => [idOf(field), findFault(field, enteredIn(field, values))] as const,
  );
  return new Map(found.filter((entry): entry is [string, Fault] => entry[1] !== undefined));
}

/** As the endpoint of the form takes them: what nobody entered is left out. */
export function renderValues(
  { fields, constants }: { fields: readonly Field[]; constants: Record<string, string> },
  values: Values,
): { query: URLSearchParams; body: Record<string, unknown> } {
  const query = new URLSearchParams();
  const body: Record<string, unknown> = { ...constants };
  const option: Record<string, string> = {};
  for (const field of shownFields(fields, values)) {
    const value = enteredIn(field, values);
    if (value === '') continue;
    if (field.place === 'params') query.set(`params[${field.name}]`, value);
    else if (field.place === 'body') body[field.name] = value;
    else option[field.name] = value;
  }
  if (Object.keys(option).length > 0) body['assertionOption'] = option;
  return { query, body };
}
