// The developer's app that a flow speaks for: the integration's, or the one that this connection brings along.
import { SynclineError } from '../../errors.ts';
import type { Client } from '../place-params.ts';

export interface ClientOverride {
  clientId?: string | undefined;
  clientSecret?: string | undefined;
}

/** A client id of the connection's own without a secret is a public client, not one with our secret. @throws SynclineError `provider_config_err` */
export function flowClient(
  app: { client_id?: string | undefined; client_secret?: string | undefined },
  { clientId, clientSecret }: ClientOverride,
): Client {
  const id = clientId || app.client_id;
  if (!id) {
    throw new SynclineError('provider_config_err', 'The integration has no client id.', {
      status: 400,
      hint: 'Its developer sets it with PATCH /integrations/{uniqueKey}.',
    });
  }
  const secret = clientId ? clientSecret : app.client_secret;
  return { id, secret: secret || undefined };
}
