// What an answer of the token endpoint means for a credential: a new one, a pause, or the end of what we can do alone.
import type { Provider } from '../../providers/schema.ts';
import { readDuration } from '../proxy/retry-wait.ts';
import { assumedLifeMs, type Credential } from './credential.ts';
import type { AttemptOutcome } from './refresh-attempts.ts';
import { renewalTime } from './renewal-time.ts';
import type { CredentialRow } from './store.ts';
import type { RawTokenAnswer, ReadTokenAnswer, Refusal, Tokens } from './token-answer.ts';
import type { RenewableCredential } from './token-request.ts';

/** A refusal may be a replica that lags behind; one on the same version after this is meant. */
export const secondRefusalMs = 60_000;
const firstPauseMs = 5_000;
const longestPauseMs = 15 * 60_000;

export type RenewalState = Pick<CredentialRow, 'refusedAt' | 'backoffUntil' | 'needsReauthAt'>;

export interface Renewed {
  credential: Credential;
  expiresAt: Date | null;
  refreshAt: Date | null;
}

export type Verdict = { renewed: Renewed } | { outcome: AttemptOutcome; state: RenewalState };

export interface Circumstances {
  row: RenewalState;
  credential: RenewableCredential;
  provider: Provider;
  /** Failed attempts on this version before this one. */
  failures: number;
  nowMs: number;
  /** 0 ≤ n < 1 */
  random: () => number;
}

export function judgeAnswer(answer: RawTokenAnswer, about: Circumstances, read: ReadTokenAnswer): Verdict {
  const result = read(answer, about.provider);
  if ('tokens' in result) return { renewed: renewedBy(result.tokens, answer.receivedAt, about) };
  if (isRefusedGrant(result.refusal)) return { outcome: 'refused', state: stateAfterRefusal(about) };
  const outcome = isRefusedClient(result.refusal) ? 'client_refused' : 'failed';
  return { outcome, state: stateAfterFailure(about, answer.retryAfter) };
}

/** Only a refused grant is ever the connection's end; everything else is a pause. */
export function stateAfterFailure({ row, failures, nowMs, random }: Circumstances, retryAfter?: string): RenewalState {
  const told = retryAfter === undefined ? undefined : readDuration(retryAfter, nowMs);
  const ceilingMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures + 1, 20));
  const pauseMs = told === undefined ? firstPauseMs + random() * (ceilingMs - firstPauseMs) : told + random() * 1000;
  return { ...stateOf(row), backoffUntil: new Date(nowMs + Math.round(pauseMs)) };
}

function stateAfterRefusal({ row, nowMs }: Circumstances): RenewalState {
  const now = new Date(nowMs);
  if (row.needsReauthAt) return { ...stateOf(row), backoffUntil: new Date(nowMs + secondRefusalMs) };
  if (!row.refusedAt) return { ...stateOf(row), refusedAt: now, backoffUntil: new Date(nowMs + secondRefusalMs) };
  const secondAtMs = row.refusedAt.getTime() + secondRefusalMs;
  if (nowMs < secondAtMs) return { ...stateOf(row), backoffUntil: new Date(secondAtMs) };
  return { refusedAt: row.refusedAt, needsReauthAt: now, backoffUntil: null };
}

const stateOf = ({ refusedAt, needsReauthAt, backoffUntil }: RenewalState): RenewalState => ({
  refusedAt,
  needsReauthAt,
  backoffUntil,
});

/** RFC 6749 section 5.2 says 400; some answer 401, 403, or 200 with an error in it. */
const isRefusedGrant = ({ status, error }: Refusal) =>
  error === 'invalid_grant' && [200, 400, 401, 403].includes(status);

const isRefusedClient = ({ error = '' }: Refusal) =>
  ['invalid_client', 'unauthorized_client', 'invalid_scope'].includes(error);

function renewedBy(tokens: Tokens, receivedAt: Date, { credential, provider, random }: Circumstances): Renewed {
  const isGrant = credential.type === 'OAUTH2_CC';
  const expiresAt = tokens.expiresAt ?? (isGrant ? new Date(receivedAt.getTime() + assumedLifeMs) : undefined);
  const refreshAt = renewalTime({ expiresAt, receivedAt, entry: provider, random });
  const told = { expires_at: expiresAt?.toISOString(), raw: tokens.data };
  const next: Credential = isGrant
    ? { ...credential, ...told, token: tokens.accessToken }
    : {
        ...credential,
        ...told,
        access_token: tokens.accessToken,
        // RFC 6749 section 6: the answer may omit it; the old one stays good.
        refresh_token: tokens.refreshToken ?? credential.refresh_token,
      };
  return { credential: next, expiresAt: expiresAt ?? null, refreshAt };
}
