// The CUSTOM flow: the user consents (OAUTH2), and the same visit may install the app. Without an installation the connection has its
// user's token only and is pending.
import type { AppCredential, OAuth2Credential } from '../credential.ts';
import type { Finished, FlowFinish, FlowMode } from '../oauth/flow-mode.ts';
import { oauth2Flow } from '../oauth/oauth2-flow.ts';
import { installationToken } from './app.ts';
import { installationConfig, withInstallation } from './app-flow.ts';
import { combineCustom } from './custom.ts';
import { exchangeFlow } from './flow-answers.ts';
import { proveInstallation } from './prove-installation.ts';

export const customFlow: FlowMode = {
  start: (start) => oauth2Flow.start(start),
  async finish(flow: FlowFinish): Promise<Finished> {
    const user = await oauth2Flow.finish(flow);
    const userPart = user.credential as OAuth2Credential;
    if (flow.query['installation_id'] === undefined) {
      return { credential: combineCustom(null, userPart), config: { ...user.config, pending: true } };
    }
    const installed = withInstallation(flow.subject, flow.query);
    await proveInstallation(flow.send, installed, userPart);
    const { credential } = await exchangeFlow(flow.send, installationToken(installed), flow.subject);
    return {
      credential: combineCustom(credential as AppCredential, userPart),
      config: { ...user.config, ...installationConfig(installed) },
    };
  },
};
