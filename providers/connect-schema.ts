// What happens around a new connection: identifiers to look up, a check of the answer, who the account is.
import { z } from 'zod';
import { method, text, textByName } from './scalars.ts';

const request = z.strictObject({
  endpoint: z.string().min(1).describe('Path on the base URL, or an absolute URL of a known origin.'),
  method: method.optional().describe('Default GET.'),
  headers: textByName.optional().describe('Headers of this call only.'),
  data: z.json().optional().describe('Body of this call.'),
});

const set = z.record(z.string(), z.string()).describe('`connection_config` key: dotted path; numbers index lists.');

const afterConnect = z
  .strictObject({
    request: request.optional().describe('Ask the API and read its answer.'),
    token_claim: z.literal('access_token').optional().describe('Read the claims of the access token, a JWT.'),
    raw_path: z.string().optional().describe('Read the token answer below this path; empty: all of it.'),
    set,
    optional: z.boolean().optional().describe('A failure of this step is logged and does not fail the connection.'),
  })
  .refine(
    (step) => [step.request, step.token_claim, step.raw_path].filter((source) => source !== undefined).length === 1,
    {
      error: 'needs exactly one of `request`, `token_claim`, `raw_path`',
    },
  );

export const connect = {
  revocation: request
    .optional()
    .describe('The call that ends a token where RFC 7009 is not spoken; sent when a connection is deleted.'),
  after_connect: z
    .array(afterConnect)
    .optional()
    .describe('Identifiers to look up once a credential exists; later steps may use what earlier ones set.'),
  identity: z
    .string()
    .optional()
    .describe('`connection_config` key that names the account; a reconnect to another account is refused.'),
  verify: z
    .strictObject({
      path: z.string().min(1).describe('Dotted path in the JSON answer of `proxy.verification`.'),
      equals: text.optional().describe('Value it must have. Default: present and not null.'),
    })
    .optional()
    .describe('For APIs that answer 200 to a bad credential.'),
  post_connection_script: z.string().optional().describe('Name of a hook; accepted, use `after_connect`.'),
  pre_connection_deletion_script: z
    .string()
    .optional()
    .describe('Name of a hook; accepted, use `revocation_url` or `revocation`.'),
  credentials_verification_script: z.string().optional().describe('Name of a hook; accepted, use `verify`.'),
  connection_configuration: z.array(z.string()).optional().describe('Keys of `connection_config` that hooks set.'),
  webhook_routing_script: z
    .string()
    .optional()
    .describe('Name of a webhook scheme; empty switches an inherited one off.'),
  webhook_user_defined_secret: z.boolean().optional().describe('The webhook secret is entered at the integration.'),
  webhook_allowed_query_params: z.array(z.string()).optional().describe('Query keys of a webhook that are kept.'),
};
