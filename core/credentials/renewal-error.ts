// What a caller is told when a credential is over and cannot be renewed now: wait, or ask the user. Never a token in it.
import type { EnvironmentDb } from '../db/database.ts';
import { SynclineError } from '../errors.ts';
import { openIntegration } from '../integrations/read-integration.ts';
import { createRedactor } from '../logs/redact.ts';
import { type AttemptOutcome, lastAttempt } from './refresh-attempts.ts';
import type { RenewalSubject } from './renewal-subject.ts';
import { secretTexts } from './secret-texts.ts';
import { openCredential } from './store.ts';
import { noLongerAccepts } from './tell-renewal.ts';
import { parseBody, refusalOf } from './token-answer.ts';

const maxTextLength = 1024;
const defaultRetryMs = 5_000;

interface LastError {
  /** HTTP status of the token endpoint; null when it gave no answer. */
  status: number | null;
  error?: string;
  error_description?: string;
}

/** `connection_refresh_exhausted` when only the user can help, else `connection_refresh_backoff` with the time to wait. */
export async function renewalError(
  environment: EnvironmentDb,
  subject: RenewalSubject,
  nowMs: number,
): Promise<SynclineError> {
  const { row, integration } = subject;
  const last = await lastAttempt(environment, row);
  const lastError = last ? describe(environment, subject, last) : null;
  if (row.needsReauthAt) {
    return new SynclineError('connection_refresh_exhausted', noLongerAccepts(integration.displayName), {
      status: 424,
      hint: 'Ask the user to reconnect: POST /connect/sessions/reconnect.',
      payload: { reason: 'needs_reauth', last_error: lastError },
    });
  }
  const retryAfterMs = row.backoffUntil ? Math.max(row.backoffUntil.getTime() - nowMs, 0) : defaultRetryMs;
  return new SynclineError('connection_refresh_backoff', 'The token of this connection could not be renewed.', {
    status: 424,
    retryable: true,
    retryAfterMs,
    hint: 'Repeat the call later; `payload.last_error` says what the provider answered.',
    payload: {
      reason: isRefusal(last?.outcome) ? 'provider_refused' : 'provider_unavailable',
      last_error: lastError,
      retry_at: new Date(nowMs + retryAfterMs).toISOString(),
    },
  });
}

const isRefusal = (outcome: AttemptOutcome | undefined) =>
  outcome === 'refused' || outcome === 'client_refused' || outcome?.startsWith('misconfigured:') === true;

function describe(
  environment: EnvironmentDb,
  subject: RenewalSubject,
  { outcome, answer }: NonNullable<Awaited<ReturnType<typeof lastAttempt>>>,
): LastError {
  if (!answer) return { status: null, error: outcome.slice(outcome.indexOf(':') + 1) };
  const { error, description } = refusalOf(answer.status, parseBody(answer));
  const redactor = createRedactor(secretsOf(environment, subject));
  const clean = (text: string) => redactor.text(text).slice(0, maxTextLength);
  return {
    status: answer.status,
    ...(error !== undefined && { error: clean(error) }),
    ...(description !== undefined && { error_description: clean(description) }),
  };
}

/** Providers quote what they were sent: whatever a person entered may come back. */
function secretsOf(environment: EnvironmentDb, { row, integration }: RenewalSubject): string[] {
  const { credentials, config } = openIntegration(environment, integration);
  return secretTexts([openCredential(environment.cipher, row), credentials, config]);
}
