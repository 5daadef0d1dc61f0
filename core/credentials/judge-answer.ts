// What an answer of the token endpoint means for a credential: a new one, a pause, or the end of what we can do alone.
import type { Provider } from '../../providers/schema.ts';
import { readDuration } from '../proxy/retry-wait.ts';
import { type Credential, isRenewable } from './credential.ts';
import type { Made, Outcome } from './modes/mode.ts';
import type { AttemptOutcome } from './refresh-attempts.ts';
import { renewalTime } from './renewal-time.ts';
import type { CredentialRow } from './store.ts';
import type { Refusal } from './token-answer.ts';

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
  provider: Provider;
  /** Failed attempts on this version before this one. */
  failures: number;
  nowMs: number;
  /** 0 ≤ n < 1 */
  random: () => number;
}

/** When the last answer came, and what it says about asking again. */
export interface Arrival {
  receivedAt: Date;
  retryAfter?: string | undefined;
}

export function judgeOutcome(result: Outcome, { receivedAt, retryAfter }: Arrival, about: Circumstances): Verdict {
  if ('made' in result) return { renewed: renewedBy(result.made, receivedAt, about) };
  if (isRefusedGrant(result.refusal)) return { outcome: 'refused', state: stateAfterRefusal(about) };
  const outcome = isRefusedClient(result.refusal) ? 'client_refused' : 'failed';
  return { outcome, state: stateAfterFailure(about, retryAfter) };
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
const isRefusedGrant = ({ status, error, isOver }: Refusal) =>
  isOver === true || (error === 'invalid_grant' && [200, 400, 401, 403].includes(status));

const isRefusedClient = ({ error = '' }: Refusal) =>
  ['invalid_client', 'unauthorized_client', 'invalid_scope'].includes(error);

function renewedBy({ credential, expiresAt }: Made, receivedAt: Date, { provider, random }: Circumstances): Renewed {
  const refreshAt = isRenewable(credential) ? renewalTime({ expiresAt, receivedAt, entry: provider, random }) : null;
  return { credential, expiresAt: expiresAt ?? null, refreshAt };
}
