// `nango.zodValidateInput`: runs here, because the schema is an object of the script's.
import { ActionError } from '@syncline/functions';

interface Issue {
  path: PropertyKey[];
  message: string;
  code?: string;
}
interface Schema {
  safeParseAsync(
    input: unknown,
  ): Promise<{ success: true; data: unknown } | { success: false; error: { issues: Issue[] } }>;
}

/** @throws ActionError that lists every issue; each is logged too */
export const validateInput =
  (log: (...parts: unknown[]) => Promise<void>) =>
  async ({ zodSchema, input }: { zodSchema: Schema; input: unknown }) => {
    const parsed = await zodSchema.safeParseAsync(input);
    if (parsed.success) return { success: true as const, data: parsed.data };
    const issues = parsed.error.issues.map(({ path, message, code }) => ({ path: path.map(toKey), message, code }));
    for (const { path, message } of issues)
      await log(`Invalid input provided at '${path.join('.')}': ${message}`, { level: 'error' });
    throw new ActionError({ message: 'Invalid input provided', issues });
  };

const toKey = (key: PropertyKey) => (typeof key === 'symbol' ? String(key) : key);
