// API_KEY: what the user pasted is the credential.
import { input, inputsOf, maxLengths } from './inputs.ts';
import { type AuthMode, local } from './mode.ts';

export const apiKey: AuthMode = {
  inputs: ({ credentials }) => inputsOf({ apiKey: input(credentials?.['apiKey'], { maxLength: maxLengths.apiKey }) }),
  make: (_subject, inputs) =>
    local(() => ({ credential: { type: 'API_KEY', apiKey: String(inputs['apiKey']) }, expiresAt: undefined })),
};
