// INSTALL_PLUGIN: the user installs the developer's plugin; its account, kept with the integration, is then the credential.
import { SynclineError } from '../../errors.ts';
import { inputsOf } from './inputs.ts';
import { type AuthMode, local } from './mode.ts';

export const installPlugin: AuthMode = {
  inputs: () => inputsOf({}),
  make({ app, provider }) {
    const { username, password = '' } = app;
    if (!username) {
      throw new SynclineError(
        'missing_basic_username',
        `The integration has no account of its ${provider.display_name} plugin.`,
        {
          status: 400,
          hint: 'Set `username` and `password` with PATCH /integrations/{uniqueKey}.',
        },
      );
    }
    return local(() => ({ credential: { type: 'BASIC', username, password }, expiresAt: undefined }));
  },
};
