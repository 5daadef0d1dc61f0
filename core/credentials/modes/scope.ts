// The values that an entry's templates may use while a credential is being made.
import type { ProxyCredentials } from '../../proxy/entry.ts';
import type { Scope } from '../../proxy/interpolate.ts';
import { createScope } from '../../proxy/scope.ts';
import type { Inputs, ModeSubject } from './mode.ts';

/** `extra`: names that only this step of this mode knows. */
export function modeScope(
  { provider, app, integrationConfig, connection, now }: ModeSubject,
  inputs: Inputs,
  extra: Record<string, unknown> = {},
): Scope {
  const scope = createScope({
    provider,
    integration: { clientId: app.client_id, clientSecret: app.client_secret, config: integrationConfig },
    connection,
    credentials: { type: 'TWO_STEP', ...inputs } as ProxyCredentials,
    now,
  });
  return { ...scope, values: { ...scope.values, ...extra } };
}
