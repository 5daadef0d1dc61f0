// Ends a credential at its provider: RFC 7009 where the entry has a `revocation_url`, else the call that its `revocation` describes.
import type { Egress } from '../egress/egress.ts';
import { SynclineError } from '../errors.ts';
import { createScope } from '../proxy/scope.ts';
import type { Credential, OAuth2Credential } from './credential.ts';
import { sendEntryCall } from './entry-request.ts';
import { fillUrl } from './fill-url.ts';
import { tokenHeaders } from './grant-params.ts';
import { withMcpServer } from './mcp/mcp-subject.ts';
import type { ModeSubject } from './modes/mode.ts';
import { placeParams, type TokenRequest } from './place-params.ts';
import type { SendTokenRequest } from './send-token-request.ts';
import { clientOf, proofOf } from './token-request.ts';

export interface RevokeDeps {
  egress: Egress;
  send: SendTokenRequest;
}

export type Revoked =
  | { outcome: 'revoked' }
  /** The entry knows no way, or there is nothing to end. */
  | { outcome: 'unsupported' }
  /** The provider said no: what it said is in its status, asking again would not help. */
  | { outcome: 'refused'; status: number };

const deadlineMs = 20_000;
const maxBytes = 100_000;

/** @throws SynclineError `revocation_failed` (502, retryable) when the provider is down; and set-up errors of the request */
export async function revokeCredential(deps: RevokeDeps, given: ModeSubject, stored: Credential): Promise<Revoked> {
  const subject = withMcpServer(given);
  const { provider, connection } = subject;
  const credential = stored.type === 'CUSTOM' ? stored.user : stored;
  if (provider.revocation) {
    const options = { call: provider.revocation, credential: stored, totalMs: deadlineMs, maxBytes };
    const asked = sendEntryCall(deps.egress, subject, options);
    return judge(provider.display_name, await orDown(provider.display_name, asked));
  }
  if (provider.revocation_url === undefined || credential?.type !== 'OAUTH2') return { outcome: 'unsupported' };
  const request = revocationRequest(subject, credential);
  const asked = deps.send(request, { session: connection.id, deadlineMs, now: Date.now });
  return judge(provider.display_name, await orDown(provider.display_name, asked));
}

/** RFC 7009 section 2.1. The refresh token: with it goes the whole grant. */
function revocationRequest(subject: ModeSubject, credential: OAuth2Credential): TokenRequest {
  const { provider, now } = subject;
  const client = clientOf({ ...subject, credential });
  const integration = { clientId: client.id, clientSecret: client.secret, config: subject.integrationConfig };
  const scope = createScope({ ...subject, integration, credentials: { type: 'NONE' } });
  const url = fillUrl(provider.revocation_url!, subject, scope);
  const { params, authorization } = proofOf({ provider, now }, client, url);
  const token = credential.refresh_token ?? credential.access_token;
  const hint = credential.refresh_token === undefined ? 'access_token' : 'refresh_token';
  return placeParams({
    url,
    method: 'POST',
    headers: { accept: 'application/json', ...authorization, ...tokenHeaders(provider, scope) },
    params: { token, token_type_hint: hint, ...params },
    format: 'form',
  });
}

/** Only the code goes on: what a library says about a request may quote it. */
const orDown = <Answer>(name: string, asked: Promise<Answer>): Promise<Answer> =>
  asked.catch((cause: unknown) => {
    if (cause instanceof SynclineError && cause.status < 500) throw cause;
    throw down(`${name} could not be reached (${cause instanceof SynclineError ? cause.code : 'request_failed'}).`);
  });

function judge(name: string, { status }: { status: number }): Revoked {
  if (status >= 200 && status < 300) return { outcome: 'revoked' };
  if (status >= 500 || status === 429) throw down(`${name} answered with status ${status}.`);
  return { outcome: 'refused', status };
}

const down = (message: string) => new SynclineError('revocation_failed', message, { status: 502, retryable: true });
