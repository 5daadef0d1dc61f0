// A deployed function as the wire shows it.
import { z } from '@hono/zod-openapi';
import { functionType } from './fields.ts';

export const functionView = z
  .object({
    id: z.number().int(),
    name: z.string(),
    type: functionType,
    description: z.string().optional(),
    scopes: z.array(z.string()),
    input: z.string().optional(),
    returns: z.array(z.string()),
    json_schema: z.object({ definitions: z.record(z.string(), z.unknown()) }).nullable(),
    enabled: z.boolean(),
    last_deployed: z.string(),
    source: z.string(),
    runs: z.string().nullable().optional(),
    auto_start: z.boolean().optional(),
    track_deletes: z.boolean().optional(),
    event: z.string().optional(),
  })
  .openapi('Function');
