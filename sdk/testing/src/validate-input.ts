// `zodValidateInput`: by itself it lets everything pass, as tests of the older kind expect; strictly, it validates.
import { ActionError } from '@syncline/functions';
import type { Undeclared } from './undeclared.ts';

interface Request {
  zodSchema: Undeclared;
  input: Undeclared;
}

export const passInput = async ({ input }: Request) => ({ success: true, data: input });

/** @throws ActionError as the runtime does */
export async function validateInput({ zodSchema, input }: Request) {
  const parsed = zodSchema.safeParse(input);
  if (parsed.success) return { success: true, data: parsed.data };
  const issues = parsed.error.issues.map(({ path, message, code }: Undeclared) => ({ path, message, code }));
  throw new ActionError({ message: 'Invalid input provided', issues });
}
