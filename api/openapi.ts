// What every route's documentation shares: the error envelope, its statuses, and bodies and answers in JSON.
import { z } from '@hono/zod-openapi';

export const errorEnvelope = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string().optional(),
      errors: z.array(z.object({ code: z.string(), message: z.string(), path: z.array(z.string()) })).optional(),
      payload: z.record(z.string(), z.unknown()).optional(),
      hint: z.string().optional(),
      request_id: z.string(),
    }),
  })
  .openapi('Error');

const meanings = {
  400: 'The request is wrong: see `errors` or `message`',
  401: 'No or an unknown API key',
  402: 'A quota set by the operator is used up',
  403: 'The API key lacks the scope',
  404: 'There is no such object in this environment',
  409: 'Conflicts with the present state',
  410: 'Aborted',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'Understood and refused',
  424: 'Something this depends on failed',
  429: 'Too many requests; see Retry-After',
  500: 'Our fault',
  502: 'The upstream could not be reached',
  503: 'Try again in a moment; see Retry-After',
  504: 'Took too long',
} as const;

type ErrorStatus = keyof typeof meanings;
interface ErrorResponse {
  description: string;
  content: { 'application/json': { schema: typeof errorEnvelope } };
}

/** 401, 403 and 429 come with every authenticated route. @example responses: { 200: …, ...errorResponses(404, 409) } */
export function errorResponses<const S extends ErrorStatus>(
  ...statuses: S[]
): Record<S | 401 | 403 | 429, ErrorResponse> {
  const all = new Set<ErrorStatus>([401, 403, 429, ...statuses]);
  const entries = [...all].map((status) => [
    status,
    { description: meanings[status], content: { 'application/json': { schema: errorEnvelope } } },
  ]);
  return Object.fromEntries(entries);
}

/** @example responses: { 200: json('The integration', z.object({ data: integration })) } */
export const json = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
});

/** `required`, so that an absent body is validated as `{}` and its missing fields are named. */
export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { 'application/json': { schema } },
});

/** For routes that refuse every query parameter. */
export const noQuery = z.strictObject({});
