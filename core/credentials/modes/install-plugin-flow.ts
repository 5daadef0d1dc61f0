// The INSTALL_PLUGIN flow: the browser installs the developer's plugin, which hands the state back as `payload`.
import type { FlowMode } from '../oauth/flow-mode.ts';
import { installUrl } from './app-flow.ts';
import { installPlugin } from './install-plugin.ts';

export const installPluginFlow: FlowMode = {
  start: async ({ subject, state }) => ({ url: installUrl(subject, 'payload', state), pinned: null }),
  async finish({ subject }) {
    const outcome = installPlugin.make(subject, {}).read([]);
    if ('refusal' in outcome) throw new Error('A local credential cannot be refused.');
    return { credential: outcome.made.credential, config: {} };
  },
};
