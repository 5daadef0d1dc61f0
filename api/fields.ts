// The grammar of the wire's fields, shared by the route files.
import { z } from '@hono/zod-openapi';

const maxName = 255;

export const providerConfigKey = z
  .string()
  .max(maxName)
  .regex(/^[a-zA-Z0-9~:.@ _-]+$/);

export const connectionId = z
  .string()
  .max(maxName)
  .regex(/^[a-zA-Z0-9,.;:=+~[\]|@${}"'\\/_ -]+$/);

/** Names of syncs, actions, functions, variants and providers. */
export const functionName = z
  .string()
  .max(maxName)
  .regex(/^[a-zA-Z0-9_-]+$/);

export const functionType = z.enum(['sync', 'action', 'on-event']);

export const environmentName = z
  .string()
  .max(maxName)
  .regex(/^[a-z0-9_-]+$/);

/** `true 1 yes on y enabled` and their opposites, as text of a query or header. */
export const flag = z.stringbool().openapi({ type: 'string', enum: ['true', 'false'] });

/** Milliseconds and `Z`. */
export const time = z.string().openapi({ format: 'date-time' });

/** '' clears. */
export const webhookUrl = z.union([z.literal(''), z.url({ protocol: /^https?$/ }).max(2000)]);

const maxTags = 10;

const tagKey = /^[A-Za-z][A-Za-z0-9_\-./]{0,63}$/;

/** Keys are lower-cased; no two may be equal after that. */
export const tags = z
  .record(z.string(), z.string().min(1).max(maxName))
  .superRefine((given, context) => {
    const keys = Object.keys(given).map((key) => key.toLowerCase());
    if (keys.length > maxTags) context.addIssue({ code: 'custom', message: `At most ${maxTags} tags.` });
    if (new Set(keys).size < keys.length)
      context.addIssue({ code: 'custom', message: 'Two tags differ only in upper and lower case.' });
    for (const [key, value] of Object.entries(given)) {
      if (!tagKey.test(key)) {
        const message = 'A key begins with a letter and has at most 64 letters, digits and _ - . /';
        context.addIssue({ code: 'custom', path: [key], message });
      }
      if (key.toLowerCase() === 'end_user_email' && !z.email().safeParse(value).success) {
        context.addIssue({ code: 'custom', path: [key], message: 'Not an e-mail address.' });
      }
    }
  })
  .transform((given) => Object.fromEntries(Object.entries(given).map(([key, value]) => [key.toLowerCase(), value])))
  .openapi({ type: 'object', additionalProperties: { type: 'string' } });

export const endUser = z
  .strictObject({
    id: z.string().min(1).max(maxName),
    email: z.email().min(5).optional(),
    display_name: z.string().max(maxName).optional(),
    tags: tags.optional(),
  })
  .openapi('EndUserInput');

export type EndUserBody = z.output<typeof endUser>;

export const toEndUserInput = ({ display_name, ...rest }: EndUserBody) => ({ ...rest, displayName: display_name });
