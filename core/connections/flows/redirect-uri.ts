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

/** Which of our addresses a browser arrived at: an integration's, the one that all share, the one where apps are installed. */
export type Arrival = { integrationId: string } | 'shared' | 'app';

/** Modes that go to a page of the provider without saying where to return. */
const unaddressed = new Set(['APP', 'CUSTOM', 'INSTALL_PLUGIN']);

/** Did it come back where it was sent? Behind an address of the app's own, that is the app's business. */
export function isReturn(
  { redirectUri, authMode }: { redirectUri: string; authMode: string },
  integrationId: string,
  arrival: Arrival,
): boolean {
  if (typeof arrival === 'object') return arrival.integrationId === integrationId;
  if (unaddressed.has(authMode)) return true;
  return arrival === 'shared' && !redirectUri.endsWith(`/${integrationId}`);
}
