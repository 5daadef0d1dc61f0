// Auth modes whose accounts are connected by a browser that goes to the provider and comes back.
import type { AuthMode } from '../../../providers/auth-modes.ts';
import type { FlowMode } from '../../credentials/oauth/flow-mode.ts';
import { oauth2Flow } from '../../credentials/oauth/oauth2-flow.ts';
import { SynclineError } from '../../errors.ts';

const flowModes: Partial<Record<AuthMode, FlowMode>> = {
  OAUTH2: oauth2Flow,
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
