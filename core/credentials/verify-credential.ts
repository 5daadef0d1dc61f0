// Tests a credential at the provider before it is stored: the entry's `proxy.verification`, each endpoint in turn, the first 2xx
// counts. `verify` looks into the answer, for APIs that say 200 to everybody.
import { readOwnPath } from '@syncline/functions/paginate';
import type { Egress } from '../egress/egress.ts';
import { SynclineError } from '../errors.ts';
import { buildRequest } from '../proxy/build-request.ts';
import type { ProxyCredentials } from '../proxy/entry.ts';
import { sendBuffered } from '../proxy/send.ts';
import type { Credential } from './credential.ts';
import type { ModeSubject } from './modes/mode.ts';

const deadlineMs = 15_000;
const maxBytes = 2_000_000;

/**
 * @param onlyRefusals a provider that is down or asks for patience proves nothing against the credential
 * @throws SynclineError `connection_test_failed` (400); and set-up errors of the request
 */
export async function verifyCredential(
  egress: Egress,
  subject: ModeSubject,
  credential: Credential,
  { onlyRefusals = false }: { onlyRefusals?: boolean } = {},
): Promise<void> {
  const failure = await findFailure(egress, subject, credential);
  if (failure && !(onlyRefusals && failure.retryable)) throw failure;
}

async function findFailure(
  egress: Egress,
  subject: ModeSubject,
  credential: Credential,
): Promise<SynclineError | undefined> {
  const { verification } = subject.provider.proxy ?? {};
  let failure: SynclineError | undefined;
  for (const endpoint of verification?.endpoints ?? []) {
    const answer = await ask(egress, subject, { credential, endpoint });
    if (answer instanceof SynclineError) failure = answer;
    else if (answer.status >= 200 && answer.status < 300) return undefined;
    else failure = refused(subject.provider.display_name, answer.status);
  }
  return failure;
}

function refused(name: string, status: number): SynclineError {
  const isRefusal = status === 401 || status === 403;
  const message = isRefusal
    ? `${name} did not accept these credentials (status ${status}).`
    : `The credentials could not be tested: ${name} answered with status ${status}.`;
  return new SynclineError('connection_test_failed', message, {
    status: 400,
    retryable: status >= 500 || status === 429,
    payload: { last_error: { status } },
    hint: 'Nothing was stored. Check what you entered.',
  });
}

interface Question {
  credential: Credential;
  endpoint: string;
}

/** A 200 that `verify` does not like counts as 401. */
async function ask(
  egress: Egress,
  { provider, app, integrationConfig, connection, now }: ModeSubject,
  { credential, endpoint }: Question,
): Promise<{ status: number } | SynclineError> {
  const { method = 'GET', headers, data, base_url_override: override } = provider.proxy!.verification!;
  const answer = await sendBuffered(
    {
      egress,
      provider,
      session: connection.id,
      timeouts: { totalMs: deadlineMs },
      build: async () =>
        buildRequest({
          // The entry may send its test elsewhere; its values are fitted in as into any base URL.
          provider:
            override === undefined ? provider : { ...provider, proxy: { ...provider.proxy, base_url: override } },
          integration: { clientId: app.client_id, clientSecret: app.client_secret, config: integrationConfig },
          connection,
          credentials: credential as ProxyCredentials,
          request: { method, endpoint, headers, ...(data !== undefined && { data }) },
          now,
        }),
    },
    { maxBytes },
  ).catch((cause: unknown) => unreachable(cause, provider.display_name));
  if (answer instanceof SynclineError) return answer;
  const isLiked = answer.status < 200 || answer.status > 299 || passes(answer.bytes, provider.verify);
  return { status: isLiked ? answer.status : 401 };
}

function passes(body: Buffer, rule: ModeSubject['provider']['verify']): boolean {
  if (!rule) return true;
  try {
    const found = readOwnPath(JSON.parse(body.toString()), rule.path);
    return rule.equals === undefined ? found !== undefined && found !== null : String(found) === rule.equals;
  } catch {
    return false; // no JSON: not the answer that the rule is about
  }
}

/** Whatever the set-up lacks keeps its own code. */
function unreachable(cause: unknown, name: string): SynclineError {
  if (!(cause instanceof SynclineError) || cause.status < 500) throw cause;
  return new SynclineError('connection_test_failed', `${name} could not be reached (${cause.code}).`, {
    status: 400,
    retryable: true,
    hint: 'Nothing was stored. Check the address you entered, or try again in a moment.',
    payload: { last_error: { status: null, error: cause.code } },
    cause,
  });
}
