// The APP flow: the browser installs the app at the provider and comes back with the installation's id.
import { SynclineError } from '../../errors.ts';
import type { Finished, FlowFinish, FlowMode, FlowStart, Started } from '../oauth/flow-mode.ts';
import { installationToken } from './app.ts';
import { exchangeFlow } from './flow-answers.ts';
import { type ModeSubject, withConfig } from './mode.ts';

export const appFlow: FlowMode = { start, finish };

async function start({ subject, state }: FlowStart): Promise<Started> {
  return { url: installUrl(subject, 'state', state), pinned: null };
}

/** The page that installs the developer's app or plugin. @throws SynclineError `provider_config_err` */
export function installUrl({ app, provider }: ModeSubject, parameter: 'state' | 'payload', state: string): string {
  const link = URL.parse(app.app_link ?? provider.app_link ?? '');
  if (link?.protocol !== 'https:' && link?.protocol !== 'http:') {
    throw new SynclineError('provider_config_err', 'The integration does not say where its app is installed.', {
      status: 400,
      hint: 'Its developer sets `app_link` with PATCH /integrations/{uniqueKey}.',
    });
  }
  link.searchParams.set(parameter, state);
  return link.href;
}

async function finish({ subject, query, send }: FlowFinish): Promise<Finished> {
  const installed = withInstallation(subject, query);
  const { credential } = await exchangeFlow(send, installationToken(installed), subject);
  return { credential, config: installationConfig(installed) };
}

/** @throws SynclineError `callback_err` */
export function withInstallation(subject: ModeSubject, query: Readonly<Record<string, string>>): ModeSubject {
  const { provider, app, connection } = subject;
  const id = query['installation_id'];
  if (id === undefined || !/^[A-Za-z0-9_-]{1,100}$/.test(id)) {
    const asked = query['setup_action'] === 'request';
    const message = asked
      ? `The installation of ${provider.display_name} was requested: an owner of the account has to approve it.`
      : `${provider.display_name} sent the browser back without an installation.`;
    throw new SynclineError('callback_err', message, {
      status: 400,
      hint: asked ? 'Connect again when it is approved.' : 'Start again and install the app.',
    });
  }
  const connectionConfig = {
    ...connection.connectionConfig,
    installation_id: id,
    ...(app.app_id && { app_id: app.app_id }),
  };
  return withConfig(subject, connectionConfig);
}

/** What later tokens are asked for with. */
export const installationConfig = ({ connection }: ModeSubject): Record<string, unknown> => ({
  installation_id: connection.connectionConfig['installation_id'],
  ...(connection.connectionConfig['app_id'] !== undefined && { app_id: connection.connectionConfig['app_id'] }),
});
