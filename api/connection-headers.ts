// The two headers by which data-plane routes name a connection.
import { z } from '@hono/zod-openapi';
import { connectionId, providerConfigKey } from './fields.ts';

/** Entries of `errors` come in this order. */
export const connectionHeaders = z.object({ 'connection-id': connectionId, 'provider-config-key': providerConfigKey });

/** The order of proxy and actions. */
export const integrationHeaders = z.object({ 'provider-config-key': providerConfigKey, 'connection-id': connectionId });

export const toConnectionKey = (headers: z.output<typeof connectionHeaders>) => ({
  providerConfigKey: headers['provider-config-key'],
  connectionId: headers['connection-id'],
});
