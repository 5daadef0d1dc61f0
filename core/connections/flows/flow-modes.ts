// Auth modes whose accounts are connected by a browser that goes to the provider and comes back.
import type { AuthMode } from '../../../providers/auth-modes.ts';
import { genericMcpFlow, mcpFlow } from '../../credentials/mcp/mcp-flow.ts';
import { appFlow } from '../../credentials/modes/app-flow.ts';
import { customFlow } from '../../credentials/modes/custom-flow.ts';
import { installPluginFlow } from '../../credentials/modes/install-plugin-flow.ts';
import { oauth1Flow } from '../../credentials/modes/oauth1-flow.ts';
import type { FlowMode } from '../../credentials/oauth/flow-mode.ts';
import { oauth2Flow } from '../../credentials/oauth/oauth2-flow.ts';
import { SynclineError } from '../../errors.ts';

const flowModes: Partial<Record<AuthMode, FlowMode>> = {
  OAUTH2: oauth2Flow,
  OAUTH1: oauth1Flow,
  APP: appFlow,
  CUSTOM: customFlow,
  INSTALL_PLUGIN: installPluginFlow,
  MCP_OAUTH2: mcpFlow,
  MCP_OAUTH2_GENERIC: genericMcpFlow,
};

/** @throws SynclineError `auth_mode_err` (400) */
export function flowModeOf({ name, auth_mode: mode }: { name: string; auth_mode: AuthMode }): FlowMode {
  const found = flowModes[mode];
  if (found) return found;
  throw new SynclineError('auth_mode_err', `Accounts of '${name}' (${mode}) are not connected in a browser window.`, {
    status: 400,
    hint: 'Use the endpoint of its mode.',
  });
}
