// Zod's findings in the words of the wire: one code for each part of the request, one entry for each problem.
import type { Hook } from '@hono/zod-openapi';
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

export const errorEntries = (issues: readonly Issue[]) =>
  issues.map(({ code, message, path }) => ({ code: code ?? 'custom', message, path: path.map(String) }));

/** `defaultHook` of the app: throws for `onError`, so that there is one way out. */
export const refuseInvalid: Hook<unknown, ApiEnv, string, void> = (result) => {
  if (result.success) return;
  throw new SynclineError(codes[result.target as keyof typeof codes] ?? 'invalid_body', '', {
    status: 400,
    errors: errorEntries(result.error.issues),
  });
};

/** For checks that need more than the schema sees. */
export const invalidBody = (code: string, path: string[], message: string) =>
  new SynclineError('invalid_body', '', { status: 400, errors: [{ code, message, path }] });
