// One field of a form that an end user or operator fills in. Pattern, format and enum are checked on the server too.
import { z } from 'zod';

/** Longer patterns are refused: they are read by people and run on text from a browser. */
const maxPatternLength = 500;

export const formField = z.strictObject({
  type: z.literal('string').describe('Always `string`: values are inserted into URLs and headers.'),
  title: z.string().min(1).describe('Label of the input.'),
  description: z.string().optional().describe('One sentence under the input.'),
  doc_section: z.string().optional().describe('Anchor in `docs_connect` that shows where to find the value.'),
  example: z.string().optional().describe('Shown as placeholder.'),
  order: z.number().int().optional().describe('Position in the form, ascending.'),
  pattern: z
    .string()
    .max(maxPatternLength)
    .optional()
    .describe('Regular expression for the value. Anchor it with `^` and `$`.'),
  prefix: z.string().optional().describe('Shown before the input, no part of the value.'),
  suffix: z.string().optional().describe('Shown after the input, no part of the value.'),
  format: z.enum(['hostname', 'uuid', 'email', 'uri']).optional().describe('A well-known shape of the value.'),
  enum: z.array(z.string()).min(1).optional().describe('The allowed values.'),
  optional: z.boolean().optional().describe('May stay empty. Default: required.'),
  automated: z.boolean().optional().describe('Set by the platform (`after_connect`, token answer), never asked.'),
  default_value: z.string().optional().describe('Used when nothing is entered.'),
  hidden: z.boolean().optional().describe('Not shown; `default_value` is used.'),
  secret: z.boolean().optional().describe('Masked in forms, stored encrypted, never in a log.'),
  visible_when: z
    .strictObject({
      field: z.string().describe('Name of the other field.'),
      equals: z.string().describe('Value it must have.'),
    })
    .optional()
    .describe('Shown only while another field has a certain value.'),
  warnings: z.record(z.string(), z.string()).optional().describe('Text shown while the value is the key.'),
});

export const formFields = z.record(z.string().min(1), formField);

export type FormField = z.output<typeof formField>;
