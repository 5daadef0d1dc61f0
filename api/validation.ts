// Zod's findings in the words of the wire: one code for each part of the request, one entry for each problem.
import type { Hook, z } from '@hono/zod-openapi';
import { SynclineError } from '../core/errors.ts';
import type { ApiEnv } from './context.ts';

const codes = {
  json: 'invalid_body',
  form: 'invalid_body',
  query: 'invalid_query_params',
  param: 'invalid_uri_params',
  header: 'invalid_headers',
  cookie: 'invalid_headers',
} as const;

interface Issue {
  code?: string | undefined;
  message: string;
  path: PropertyKey[];
}

const errorEntries = (issues: readonly Issue[]) =>
  issues.map(({ code, message, path }) => ({ code: code ?? 'custom', message, path: path.map(String) }));

const refusal = (part: string, issues: readonly Issue[]) =>
  new SynclineError(codes[part as keyof typeof codes] ?? 'invalid_body', '', {
    status: 400,
    errors: errorEntries(issues),
  });

/** `defaultHook` of the app: throws for `onError`, so that there is one way out. */
export const refuseInvalid: Hook<unknown, ApiEnv, string, void> = (result) => {
  if (!result.success) throw refusal(result.target, result.error.issues);
};

/** For routes without a schema of their own. @throws SynclineError `invalid_headers`, `invalid_query_params`, … */
export function parsePart<T extends z.ZodType>(part: keyof typeof codes, schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw refusal(part, parsed.error.issues);
  return parsed.data;
}

/** For checks that need more than the schema sees. */
export const invalidBody = (code: string, path: string[], message: string) =>
  new SynclineError('invalid_body', '', { status: 400, errors: [{ code, message, path }] });
