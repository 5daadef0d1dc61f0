// BASIC: user name and password, either of which may be empty.
import { input, inputsOf, maxLengths } from './inputs.ts';
import { type AuthMode, local } from './mode.ts';

const part = { maxLength: maxLengths.basic, mayBeEmpty: true };

export const basic: AuthMode = {
  inputs: ({ credentials }) =>
    inputsOf({
      username: input(credentials?.['username'], part),
      password: input(credentials?.['password'], part),
    }),
  make: (_subject, { username = '', password = '' }) =>
    local(() => ({
      credential: { type: 'BASIC', username: String(username), password: String(password) },
      expiresAt: undefined,
    })),
};
