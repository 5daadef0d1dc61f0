// A body against the schema of its mode; every problem is named with its place.
import type { z } from 'zod';
import { SynclineError } from '../errors.ts';
import type { Inputs } from './modes/mode.ts';

/** @throws SynclineError `invalid_body` */
export function parseInputs(schema: z.ZodType<Inputs>, body: unknown): Inputs {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new SynclineError('invalid_body', '', {
    status: 400,
    errors: parsed.error.issues.map(({ code, message, path }) => ({ code, message, path: path.map(String) })),
  });
}
