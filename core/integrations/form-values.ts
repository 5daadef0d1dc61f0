// Checks values of a catalogue form (`connection_config`, `integration_config`) by what their fields say: they end up in URLs.
import { z } from 'zod';
import type { FormField } from '../../providers/form-field.ts';
import { SynclineError } from '../errors.ts';

const formats: Record<NonNullable<FormField['format']>, z.ZodType> = {
  hostname: z
    .string()
    .regex(/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*(:\d{1,5})?$/i),
  uuid: z.guid(),
  email: z.email(),
  uri: z.url(),
};

const defaultMaxLength = 2000;

/**
 * Fields that are absent are not asked for; keys that the form does not know are free.
 * @throws SynclineError `invalid_body`, an entry for each wrong value
 */
export function checkFormValues(
  part: string,
  fields: Record<string, FormField> | undefined,
  values: Record<string, unknown>,
): void {
  const errors: { code: string; message: string; path: string[] }[] = [];
  for (const [name, field] of Object.entries(fields ?? {})) {
    const value = values[name];
    if (value === undefined || value === null || value === '') continue;
    const wrong = wrongValue(field, value);
    if (wrong) errors.push({ ...wrong, path: [part, name] });
  }
  if (errors.length > 0) throw new SynclineError('invalid_body', '', { status: 400, errors });
}

/** @returns what a person is told; undefined when the value fits */
export function wrongValue(
  field: FormField,
  value: unknown,
  maxLength = defaultMaxLength,
): { code: string; message: string } | undefined {
  if (typeof value === 'number') return undefined;
  if (typeof value !== 'string') return { code: 'invalid_type', message: `${field.title} must be a string.` };
  if (value.length > maxLength)
    return { code: 'too_big', message: `${field.title} is longer than ${maxLength} characters.` };
  if (field.enum && !field.enum.includes(value)) {
    return { code: 'invalid_value', message: `${field.title} must be one of ${field.enum.join(', ')}.` };
  }
  if (field.pattern && !new RegExp(field.pattern).test(value)) {
    return { code: 'invalid_format', message: `${field.title} must match ${field.pattern}.` };
  }
  if (field.format && !formats[field.format].safeParse(value).success) {
    return { code: 'invalid_format', message: `${field.title} must be a ${field.format}.` };
  }
  return undefined;
}
