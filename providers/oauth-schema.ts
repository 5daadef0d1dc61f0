// The OAuth part of an entry: consent, token exchange, refresh, revocation. Each quirk is a key, not code.
import { z } from 'zod';
import { authModes } from './auth-modes.ts';
import { body, textByName } from './scalars.ts';

const tokenUrlByMode = z.partialRecord(z.enum(['OAUTH1', 'OAUTH2', 'OAUTH2CC', ...authModes]), z.string());

export const oauth = {
  authorization_url: z.string().optional().describe('Where the end user consents.'),
  authorization_params: textByName.optional().describe('Query parameters of the consent page.'),
  authorization_url_replacements: z
    .record(z.string(), z.string())
    .optional()
    .describe('Literal replacements in the finished URL (`client_id`: `client_key`).'),
  authorization_url_skip_empty: z.boolean().optional().describe('Drop parameters with an empty value.'),
  authorization_url_skip_encode: z
    .array(z.enum(['scopes', 'base_url']))
    .optional()
    .describe('Parts that stay un-encoded.'),
  authorization_url_fragment: z.string().optional().describe('The query goes behind `#<value>`.'),
  authorization_code_param_in_callback: z.string().optional().describe('Name of the code in the callback.'),
  authorization_code_param_in_webhook: z.string().optional().describe('Name of the code in an installation webhook.'),
  redirect_uri_metadata: z.array(z.string()).optional().describe('Callback parameters kept in `connection_config`.'),
  disable_pkce: z.boolean().optional().describe('No PKCE. Needs `pkce_reason`.'),
  pkce_reason: z.string().optional().describe('Why PKCE is off, with the page that says so.'),
  scope_separator: z.string().optional().describe('Joins scopes. Default: a space.'),
  default_scopes: z.array(z.string()).optional().describe('Used when the integration has none.'),
  token_url: z.union([z.string(), tokenUrlByMode]).optional().describe('Where codes and inputs become tokens.'),
  token_params: body.optional().describe('Body of the token request.'),
  token_headers: textByName.optional().describe('Headers of the token request.'),
  token_request_auth_method: z
    .enum(['basic', 'private_key_jwt', 'custom'])
    .optional()
    .describe('How the client proves itself. Default: id and secret in the body.'),
  authorization_method: z.literal('header').optional().describe('Older name of `token_request_auth_method: basic`.'),
  body_format: z
    .enum(['form', 'json', 'query', 'xml'])
    .optional()
    .describe('Where token parameters go. Default: form.'),
  token_request_method: z.enum(['GET', 'POST', 'PUT']).optional().describe('Method of the token call. Default POST.'),
  refresh_url: z.string().optional().describe('Where tokens are refreshed, when not at `token_url`.'),
  refresh_params: body.optional().describe('Body of the refresh request.'),
  require_client_certificate: z.boolean().optional().describe('The token call uses mutual TLS.'),
  decode_url: z.boolean().optional().describe('Decode the interpolated URL once more.'),
  expires_in_unit: z.literal('milliseconds').optional().describe('Unit of `expires_in`, when not seconds.'),
  token_response_metadata: z
    .array(z.string())
    .optional()
    .describe('Dotted paths of the token answer kept in `connection_config`.'),
  refresh_token_response_metadata: z.array(z.string()).optional().describe('The same for a refresh.'),
  webhook_response_metadata: z.array(z.string()).optional().describe('The same for an installation webhook.'),
  alternate_access_token_response_path: z.string().optional().describe('Where the token is, when not at the top.'),
  token_expiration_buffer: z.number().int().positive().optional().describe('Refresh at least so many seconds early.'),
  max_refresh_margin_seconds: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('The provider refuses a refresh earlier than this before expiry; caps the usual margin.'),
  rotation: z
    .enum(['none', 'grace', 'strict', 'unknown'])
    .optional()
    .describe('What happens to a used refresh token: stays, works a little longer, is dead, not documented.'),
  rotation_grace_seconds: z.number().int().positive().optional().describe('How long a used one works (`grace`).'),
  issuer: z.string().optional().describe('The `iss` that callbacks carry (RFC 9207), where it is known exactly.'),
  authorization_response_iss_parameter_supported: z
    .boolean()
    .optional()
    .describe('RFC 9207: every callback carries `iss`; one without is refused.'),
  revocation_url: z.string().optional().describe('RFC 7009 endpoint, called when a connection is deleted.'),
  installation: z.literal('outbound').optional().describe('The provider starts the flow and completes it by webhook.'),
  request_url: z.string().optional().describe('OAuth 1: request token endpoint.'),
  request_params: textByName.optional().describe('OAuth 1: parameters of the request token call.'),
  request_http_method: z.enum(['GET', 'POST']).optional().describe('OAuth 1. Default POST.'),
  token_http_method: z.enum(['GET', 'POST']).optional().describe('OAuth 1. Default POST.'),
  signature_method: z.enum(['HMAC-SHA1', 'RSA-SHA1', 'PLAINTEXT']).optional().describe('OAuth 1.'),
  client_registration: z.enum(['dynamic', 'static', 'cimd']).optional().describe('MCP: how the client is known.'),
  registration_url: z.string().optional().describe('MCP: RFC 7591 endpoint.'),
  registration_params: body.optional().describe('MCP: extra members of the registration.'),
};
