// Where providers send browsers back to: one URI for each integration, or the shared one that an existing app has registered.

import type { ConnectSettings } from '../../db/schema/environments.ts';
import type { IntegrationRow } from '../../integrations/read-integration.ts';

/** `custom: {oauth_callback: 'shared'}` of an integration: its app's registered URI cannot change. */
const sharedBy = 'oauth_callback';

/** An exact text, made of what the operator and the developer have set: RFC 9700 section 4.1.3, and 4.4.2.2 against mix-up. */
export function redirectUriOf(
  { id, custom }: Pick<IntegrationRow, 'id' | 'custom'>,
  { callbackUrl }: ConnectSettings,
  publicUrl: string,
): string {
  if (callbackUrl !== undefined) return callbackUrl; // an address of the app's own that forwards to ours
  const shared = `${publicUrl}/oauth/callback`;
  return custom[sharedBy] === 'shared' ? shared : `${shared}/${id}`;
}

/** Did the browser come back where it was sent? Behind an address of the app's own, that is the app's business. */
export const isReturn = (redirectUri: string, integrationId: string, arrivedAt: string | undefined): boolean =>
  arrivedAt === undefined ? !redirectUri.endsWith(`/${integrationId}`) : arrivedAt === integrationId;
