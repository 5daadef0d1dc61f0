// NONE: a connection without a credential.
import { inputsOf } from './inputs.ts';
import { type AuthMode, local } from './mode.ts';

export const none: AuthMode = {
  inputs: () => inputsOf({}),
  make: () => local(() => ({ credential: { type: 'NONE' }, expiresAt: undefined })),
};
