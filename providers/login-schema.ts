// The part of an entry for modes that log in or sign themselves: TWO_STEP, JWT, SIGNATURE, AWS_SIGV4.
import { z } from 'zod';
import { formFields } from './form-field.ts';
import { body, method, textByName } from './scalars.ts';

const step = z.strictObject({
  token_url: z.string().describe('URL of the step; may use `${step1.x}` of an earlier answer.'),
  token_params: body.optional().describe('Body of the step.'),
  token_headers: textByName.optional().describe('Headers of the step.'),
  token_request_method: method.optional().describe('Default POST.'),
  body_format: z.enum(['form', 'json', 'query', 'xml']).optional().describe('Default form.'),
});

const assertion = z.strictObject({
  type: z.enum(['saml', 'jwt']).describe('What is made.'),
  key: z.string().describe('Signing key, a placeholder.'),
  lifetimeInSeconds: z.number().int().positive().optional().describe('Life of the assertion.'),
  header: body.optional().describe('jwt: header.'),
  payload: body.optional().describe('jwt: claims.'),
  issuer: z.string().optional().describe('saml.'),
  audiences: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('saml.'),
  attributes: body.optional().describe('saml.'),
  sessionIndex: z.string().optional().describe('saml.'),
  nameIdentifier: z.string().optional().describe('saml.'),
  nameIdentifierFormat: z.string().optional().describe('saml.'),
  recipient: z.string().optional().describe('saml.'),
});

export const login = {
  token_response: z
    .strictObject({
      token: z.string().describe('Dotted path of the token in the last answer.'),
      token_expiration: z.string().optional().describe('Dotted path of its expiry.'),
      token_expiration_strategy: z.enum(['expireIn', 'expireAt']).optional().describe('A duration or a moment.'),
      refresh_token: z.string().optional().describe('Dotted path of the refresh token.'),
    })
    .optional()
    .describe('TWO_STEP: where the token is in the answer.'),
  token_response_headers: z.record(z.string(), z.string()).optional().describe('TWO_STEP: answer headers to keep.'),
  token_expires_in_ms: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Life of a token whose answer tells none; 0: unknown.'),
  additional_steps: z.array(step).optional().describe('TWO_STEP: calls after the first.'),
  assertion: assertion.optional().describe('TWO_STEP: made first, used as `${assertion}`.'),
  assertion_option: formFields.optional().describe('TWO_STEP: inputs used once and never stored.'),
  refresh_token_params: body.optional().describe('TWO_STEP: body of the refresh call at `refresh_url`.'),
  refresh_token_headers: textByName.optional().describe('TWO_STEP: its headers.'),
  signature: z
    .strictObject({
      protocol: z.enum(['RSA', 'HMAC', 'EC', 'WSSE']).describe('Kind of key.'),
      hmac_secret_encoding: z.enum(['hex', 'utf8']).optional().describe('HMAC: how to read the secret. Default hex.'),
      digest: z.enum(['binary', 'hex']).optional().describe('WSSE: what of the digest is base64. Default binary.'),
    })
    .optional()
    .describe('JWT, SIGNATURE: how tokens are signed.'),
  token: z
    .strictObject({
      signing_key: z.string().optional().describe('Placeholder of the key.'),
      expires_in_ms: z.number().int().positive().describe('Life of a signed token.'),
      header: body.optional().describe('JWT header.'),
      payload: body.optional().describe('JWT claims; `iat` and `exp` are added.'),
    })
    .optional()
    .describe('JWT, SIGNATURE: what is signed.'),
  user_installations_url: z
    .string()
    .optional()
    .describe('CUSTOM: lists what the user may use of the app (`installations[].id`); proves the id of a callback.'),
  app_link: z.string().optional().describe('APP, INSTALL_PLUGIN: page that installs the app.'),
  auth_type: z.literal('BASIC').optional().describe('INSTALL_PLUGIN: what the plugin hands over.'),
};
