// Schemas of what a person enters, derived from the entry's `credentials` form: required, pattern, format, enum, defaults. What
// the catalogue says is held on the server, whoever drew the form.
import { z } from 'zod';
import type { FormField } from '../../../providers/form-field.ts';
import { wrongValue } from '../../integrations/form-values.ts';
import type { Inputs } from './mode.ts';

type Fields = Record<string, FormField> | undefined;

export const maxLengths = { text: 2000, secret: 10_000, basic: 1024, apiKey: 1024, clientSecret: 2048, oauth1: 2048 };

interface FieldRule {
  maxLength: number;
  /** Some providers leave a user name or a password empty. */
  mayBeEmpty?: boolean;
  /** Not asked for when the entry says nothing of it. */
  optional?: boolean;
}

/** One input; the entry's field, where there is one, adds its rules. */
export function input(field: FormField | undefined, { maxLength, mayBeEmpty = false, optional = false }: FieldRule) {
  const title = field?.title;
  const value = z
    .string()
    .max(maxLength, `${title ?? 'This value'} is longer than ${maxLength} characters.`)
    .superRefine((text, context) => {
      const wrong = text === '' || !field ? undefined : wrongValue(field, text, maxLength);
      if (wrong) context.issues.push({ ...wrong, format: 'regex', values: [], input: text } as z.core.$ZodRawIssue);
    });
  const required = mayBeEmpty ? value : value.min(1, title ? `${title} is missing.` : undefined);
  const fallback = field?.default_value;
  if (fallback !== undefined) return z.preprocess((given) => (isBlank(given) ? fallback : given), required);
  const isOptional = optional || (field !== undefined && isOptionalField(field));
  return isOptional ? z.preprocess((given) => (isBlank(given) ? undefined : given), value.optional()) : required;
}

const isBlank = (given: unknown) => given === undefined || given === null || given === '';

const isOptionalField = ({ optional, automated, hidden, visible_when }: FormField) =>
  optional === true || automated === true || hidden === true || visible_when !== undefined;

/** Every field of a form, by name. */
export const formShape = (fields: Fields): Record<string, z.ZodType> =>
  Object.fromEntries(
    Object.entries(fields ?? {}).map(([name, field]) => [
      name,
      input(field, { maxLength: field.secret ? maxLengths.secret : maxLengths.text }),
    ]),
  );

/** Absent values stay absent: a template then drops what would hold them. */
export const inputsOf = (shape: Record<string, z.ZodType>): z.ZodType<Inputs> =>
  z
    .strictObject(shape)
    .transform((values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)));

/** The published frontend names the mode in some bodies. */
export const typeName = (name: string) => z.literal(name).optional();
