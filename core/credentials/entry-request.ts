// Requests of the proxy's kind while a credential is made, tested or ended: no connection is loaded for them.
import type { Egress } from '../egress/egress.ts';
import { buildRequest } from '../proxy/build-request.ts';
import type { ProxyCredentials } from '../proxy/entry.ts';
import { type EntryCall, fillCall } from '../proxy/entry-call.ts';
import { createScope } from '../proxy/scope.ts';
import { type BufferedProxiedAnswer, sendBuffered } from '../proxy/send.ts';
import type { Credential } from './credential.ts';
import type { ModeSubject } from './modes/mode.ts';

/** What scopes and requests are built from. */
export const requestParts = (
  { provider, app, integrationConfig, connection, now }: ModeSubject,
  credentials: ProxyCredentials,
) => ({
  provider,
  integration: { clientId: app.client_id, clientSecret: app.client_secret, config: integrationConfig },
  connection,
  credentials,
  now,
});

interface Call {
  call: EntryCall;
  credential: Credential;
  totalMs: number;
  maxBytes: number;
}

/** Makes a call that the entry describes. @throws SynclineError as `fillCall`, `buildRequest` and `sendBuffered` */
export function sendEntryCall(
  egress: Egress,
  subject: ModeSubject,
  { call, credential, totalMs, maxBytes }: Call,
): Promise<BufferedProxiedAnswer> {
  const { provider, connection } = subject;
  const parts = requestParts(subject, credential as ProxyCredentials);
  const build = async () => buildRequest({ ...parts, request: fillCall(call, createScope(parts)) });
  return sendBuffered({ egress, provider, session: connection.id, timeouts: { totalMs }, build }, { maxBytes });
}
