// What every call that makes an API key takes.
import { z } from '@hono/zod-openapi';

const scope = z
  .string()
  .max(255)
  .regex(/^(environment|account):[a-z_:*]+$/);

export const newKeyFields = {
  display_name: z.string().min(1).max(255),
  scopes: z.array(scope).min(1).max(100).optional(),
  /** In the future; without it the key lives until it is deleted. */
  expires_at: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .refine((date) => date.getTime() > Date.now(), 'must lie in the future')
    .optional()
    .openapi({ type: 'string', format: 'date-time' }),
};

export type NewKey = z.output<z.ZodObject<typeof newKeyFields>>;
