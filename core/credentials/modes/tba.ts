// TBA (NetSuite): a token pair of the user's; each request is signed with it (core/proxy/sign-oauth1.ts), nothing is renewed.
import { SynclineError } from '../../errors.ts';
import { input, inputsOf, maxLengths } from './inputs.ts';
import { type AuthMode, local } from './mode.ts';

const part = { maxLength: maxLengths.oauth1 };
const override = { maxLength: maxLengths.clientSecret, optional: true };

export const tba: AuthMode = {
  inputs: ({ credentials }) =>
    inputsOf({
      token_id: input(credentials?.['token_id'], part),
      token_secret: input(credentials?.['token_secret'], part),
      oauth_client_id_override: input(undefined, override),
      oauth_client_secret_override: input(undefined, override),
    }),
  make({ connection }, inputs) {
    if (typeof connection.connectionConfig['accountId'] !== 'string') {
      throw new SynclineError('invalid_body', '', {
        status: 400,
        errors: [
          { code: 'invalid_type', message: 'The account id is missing.', path: ['connection_config', 'accountId'] },
        ],
      });
    }
    const client_id = textOr(inputs['oauth_client_id_override']);
    const client_secret = textOr(inputs['oauth_client_secret_override']);
    return local(() => ({
      credential: {
        type: 'TBA',
        token_id: String(inputs['token_id']),
        token_secret: String(inputs['token_secret']),
        ...((client_id ?? client_secret) && { config_override: { client_id, client_secret } }),
      },
      expiresAt: undefined,
    }));
  },
};

const textOr = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
