// Tests a credential at the provider before it is stored, and says what a failure means to whoever connects.
import type { Egress } from '../egress/egress.ts';
import { SynclineError } from '../errors.ts';
import type { ProxyCredentials } from '../proxy/entry.ts';
import { verifyCredential as prove, type VerifyAttempt } from '../proxy/verify-credential.ts';
import type { Credential } from './credential.ts';
import { requestParts } from './entry-request.ts';
import type { ModeSubject } from './modes/mode.ts';

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
  const { verdict, attempts } = await prove({
    ...requestParts(subject, credential as ProxyCredentials),
    egress,
    session: subject.connection.id,
  });
  if (verdict === 'good' || verdict === 'untested') return;
  const failure = testFailure(subject.provider.display_name, attempts.at(-1)!);
  if (!(onlyRefusals && failure.retryable)) throw failure;
}

/** `code` of the error when there was no answer. */
export function testFailure(
  name: string,
  { status: answered, code }: Pick<VerifyAttempt, 'status' | 'code'>,
): SynclineError {
  if (answered === undefined) {
    return failed(`${name} could not be reached (${code}).`, {
      retryable: true,
      hint: 'Nothing was stored. Check the address you entered, or try again in a moment.',
      lastError: { status: null, error: code },
    });
  }
  const status = answered < 300 ? 401 : answered; // a 200 that says no in its body
  const isRefusal = status === 401 || status === 403;
  const message = isRefusal
    ? `${name} did not accept these credentials (status ${status}).`
    : `The credentials could not be tested: ${name} answered with status ${status}.`;
  return failed(message, {
    retryable: status >= 500 || status === 429,
    hint: 'Nothing was stored. Check what you entered.',
    lastError: { status },
  });
}

export const failed = (
  message: string,
  { lastError, ...details }: { retryable: boolean; hint: string; lastError: Record<string, unknown> },
) =>
  new SynclineError('connection_test_failed', message, { status: 400, ...details, payload: { last_error: lastError } });
