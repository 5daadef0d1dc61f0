// The `proxy` part of an entry: where the API is, how a request is dressed, repeated, paged and tested.
import { z } from 'zod';
import { positions } from './positions.ts';
import { body, method, origin, text, textByName } from './scalars.ts';

const headerNames = z.union([z.string(), z.array(z.string()).min(1)]);

const statusRange = text.refine((value) => /^[1-5](xx|\d\d)(-[1-5]\d\d)?$/.test(value), {
  error: 'must be a status (`429`), a class (`5xx`) or a range (`500-502`)',
});

const regexLiteral = z.string().regex(/^\/.+\/[a-z]*$/, { error: 'must be a regular expression between slashes' });

export const retry = z.strictObject({
  at: headerNames.optional().describe('Header(s) that name the moment of the next try: epoch s, epoch ms or a date.'),
  after: headerNames.optional().describe('Header(s) that give the wait: seconds or a duration.'),
  error_code: z
    .array(statusRange)
    .min(1)
    .optional()
    .describe('Statuses worth a repeat, instead of 429 and 5xx; 429 always is.'),
  remaining: z.string().optional().describe('Header whose value `0` on an error means: over the limit.'),
  in_body: z
    .strictObject({
      path: z.string().min(1).describe('Dotted path of a string in the error body.'),
      value: regexLiteral.describe('`/pattern/` whose first group is the time.'),
      strategy: z.enum(['at', 'after']).describe('Read it as a moment or as a wait.'),
    })
    .optional()
    .describe('The wait stands in the error body.'),
});

export const paginate = z.strictObject({
  type: z.enum(['cursor', 'link', 'offset']).optional().describe('How the next page is found.'),
  limit: z.number().int().positive().optional().describe('Page size that is sent when the caller gives none.'),
  limit_name_in_request: z.string().optional().describe('Parameter for the page size.'),
  response_path: z.string().optional().describe('Dotted path of the rows; empty or absent: the body itself.'),
  in_body: z.boolean().optional().describe('Page parameters go in the body. Default: for POST, PUT, PATCH.'),
  cursor_name_in_request: z.string().optional().describe('cursor: its parameter.'),
  cursor_path_in_response: z.string().optional().describe('cursor: dotted path of the next one.'),
  link_rel_in_response_header: z.string().optional().describe('link: relation in the `Link` header; tried first.'),
  link_path_in_response_body: z.string().optional().describe('link: dotted path of the next URL.'),
  offset_name_in_request: z.string().optional().describe('offset: its parameter.'),
  offset_start_value: z.number().int().min(0).optional().describe('offset: first value. Default 0.'),
  offset_calculation_method: z
    .enum(['by-response-size', 'per-page'])
    .optional()
    .describe('offset: grows by the rows of the page (default) or by 1.'),
  follow_empty_pages: z.boolean().optional().describe('cursor: an empty page with a new cursor is not the end.'),
  max_pages: z.number().int().positive().optional().describe('More pages are an error. Default 100,000.'),
});

export const verification = z.strictObject({
  method: method.optional().describe('Default GET.'),
  endpoints: z.array(z.string().min(1)).min(1).describe('Tried in order; the first 2xx proves the credential.'),
  headers: textByName.optional().describe('Headers of this call only.'),
  data: z.json().optional().describe('Body of this call.'),
  base_url_override: z.string().optional().describe('Another base URL for this call.'),
});

export const rate = z.strictObject({
  limit: z.string().optional().describe('Header with the size of the window.'),
  remaining: z.string().optional().describe('Header with the requests left.'),
  reset: z.string().optional().describe('Header with the end of the window.'),
  reset_format: z
    .enum(['delta-s', 'delta-ms', 'epoch-s', 'epoch-ms', 'date'])
    .optional()
    .describe('How to read `reset`.'),
  bucket: z.string().optional().describe('Header of the form `used/size` of a leaky bucket.'),
});

export const proxy = z.strictObject({
  base_url: z.string().min(1).optional().describe('Base of every request; `a || b`: the first that resolves.'),
  headers: textByName.optional().describe('Sent with every request; a caller may replace them.'),
  query: textByName.optional().describe('Added to every request; wins over the caller.'),
  body: body.optional().describe('Merged into request bodies; wins over the caller.'),
  connection_config: textByName.optional().describe('Defaults for the variables of the templates.'),
  variables: z
    .record(z.string(), z.enum(positions))
    .optional()
    .describe('Where a variable stands in the URLs of this entry, when the template alone does not tell.'),
  retry: retry.optional().describe('What is repeated, and when.'),
  paginate: paginate.optional().describe('Defaults of `paginate()`.'),
  verification: verification.optional().describe('The call that tests a credential.'),
  rate: rate.optional().describe('Rate limit headers with unusual names or units.'),
  decompress: z.boolean().optional().describe('Decode compressed answers for HTTP callers.'),
  forward_headers_on_redirect: z.boolean().optional().describe('Keep headers on a redirect to `redirect_origins`.'),
  known_origins: z.array(origin).optional().describe('Further origins of this API that a caller may name.'),
  link_origins: z.array(origin).optional().describe('Origins that a next-page link may lead to.'),
  redirect_origins: z.array(origin).optional().describe('Origins that may get headers on a redirect.'),
  idempotency_header: z.string().optional().describe('A request with this header may be repeated after a timeout.'),
});
