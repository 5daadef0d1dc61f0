// What a guest sends is checked: it runs code of strangers, and an argument of a script may be anything.
import type { z } from 'zod';
import { SynclineError } from '../../errors.ts';

/** @throws SynclineError invalid_arguments, which names the first argument that is wrong */
export function parseArgs<T>(method: string, shape: z.ZodType<T>, args: unknown): T {
  const parsed = shape.safeParse(args);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const where = path.length > 0 ? ` (${path.join('.')})` : '';
  throw new SynclineError('invalid_arguments', `nango.${method}${where}: ${message}.`, { status: 400 });
}
