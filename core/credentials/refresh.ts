// Renews one credential: the row's lock across the token call, the answer journalled before it is parsed, compare-and-swap.
//
// Two generals: with strict rotation a crash between the server's commit and our journal loses the grant, whoever writes this.
// Everything else is kept: after an unknown outcome the old token is tried once more, which works without rotation and in grace.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EnvironmentDb } from '../db/database.ts';
import { UpstreamNetworkError } from '../egress/network-error.ts';
import { SynclineError } from '../errors.ts';
import { openIntegration } from '../integrations/read-integration.ts';
import { type Circumstances, judgeAnswer, stateAfterFailure, type Verdict } from './judge-answer.ts';
import { type AttemptOutcome, endAttempt, journalAnswer, readHistory, startAttempt } from './refresh-attempts.ts';
import type { RenewalSubject } from './renewal-subject.ts';
import type { SendTokenRequest } from './send-token-request.ts';
import { type CredentialRow, openCredential } from './store.ts';
import { type Decision, enterEnvironment, lockCredential, writeDecision } from './swap-credential.ts';
import type { RawTokenAnswer, ReadTokenAnswer } from './token-answer.ts';
import { buildTokenRequest, isTokenRenewable, type TokenRequest } from './token-request.ts';

/** Below the locks' pool's `idle_in_transaction_session_timeout`, also twice. */
const deadlineMs = 20_000;

export interface RefreshDeps {
  send: SendTokenRequest;
  readAnswer: ReadTokenAnswer;
  now: () => number;
  random: () => number;
}

export interface RefreshOptions {
  /** Asked under the lock: whoever waited for it mostly finds that another has done the work. */
  wanted(row: CredentialRow): boolean;
}

/** @returns the row as it is afterwards: renewed, marked with what failed, or renewed by another. */
export type Refresh = (
  environment: EnvironmentDb,
  subject: RenewalSubject,
  options: RefreshOptions,
) => Promise<CredentialRow>;

export function createRefresh(deps: RefreshDeps): Refresh {
  return async function refresh(environment, subject, { wanted }) {
    const held: { row?: CredentialRow; decision?: Promise<Decision> } = {};
    try {
      return await environment.locks.begin(async (sql) => {
        await enterEnvironment(sql, environment);
        const row = await lockCredential(sql, subject.row.connectionId);
        if (!wanted(row)) return row;
        held.row = row;
        held.decision = decide(deps, environment, { ...subject, row });
        const decision = await held.decision;
        return await writeDecision(sql, environment, { row, decision, now: new Date(deps.now()) });
      });
    } catch (cause) {
      if (!held.row || !held.decision) throw cause;
      // The lock's connection may have died during the call; what was answered is stored all the same, guarded by the version.
      return await writeLater(deps, environment, { row: held.row, decision: await held.decision });
    }
  };
}

const writeAgainMs = [0, 250, 1000, 3000, 6000];

async function writeLater(
  { now }: RefreshDeps,
  environment: EnvironmentDb,
  { row, decision }: { row: CredentialRow; decision: Decision },
): Promise<CredentialRow> {
  let last: unknown;
  for (const pauseMs of writeAgainMs) {
    await sleep(pauseMs);
    try {
      return await environment.locks.begin(async (sql) => {
        await enterEnvironment(sql, environment);
        return await writeDecision(sql, environment, { row, decision, now: new Date(now()) });
      });
    } catch (cause) {
      last = cause; // the database may be coming back
    }
  }
  throw last;
}

async function decide(deps: RefreshDeps, environment: EnvironmentDb, subject: RenewalSubject): Promise<Decision> {
  const { row, provider } = subject;
  const credential = openCredential(environment.cipher, row);
  if (!provider || !isTokenRenewable(credential)) {
    throw new SynclineError('unsupported_token_request', 'This credential cannot be renewed.', { status: 400 });
  }
  const { failures, pending } = await readHistory(environment, row);
  const about = { row, credential, provider, failures, random: deps.random };
  const judged = ({ id, answer }: { id: string; answer: RawTokenAnswer }): Decision => ({
    attemptId: id,
    verdict: judgeAnswer(answer, { ...about, nowMs: deps.now() }, deps.readAnswer),
  });
  if (pending) return judged(pending);
  const request = tryBuild(environment, { ...subject, provider }, { credential, now: new Date(deps.now()) });
  const first = await attempt(deps, environment, subject, request);
  if ('answer' in first) return judged(first);
  if (!first.cut) return failed(first, { ...about, nowMs: deps.now() });
  // Cut in the middle: the server may have rotated, and its grace is short.
  await endAttempt(environment, first.id, first.outcome);
  const second = await attempt(deps, environment, subject, request);
  return 'answer' in second ? judged(second) : failed(second, { ...about, failures: failures + 1, nowMs: deps.now() });
}

const failed = ({ id, outcome }: Unanswered, about: Circumstances): Decision => {
  const verdict: Verdict = { outcome, state: stateAfterFailure(about) };
  return { attemptId: id, verdict };
};

function tryBuild(
  environment: EnvironmentDb,
  { provider, integration, connection }: RenewalSubject & { provider: NonNullable<RenewalSubject['provider']> },
  { credential, now }: Pick<Parameters<typeof buildTokenRequest>[0], 'credential' | 'now'>,
): TokenRequest | SynclineError {
  const { credentials: app, config } = openIntegration(environment, integration);
  const { connectionId, connectionConfig, metadata } = connection;
  try {
    return buildTokenRequest({
      provider,
      app: app ?? {},
      integrationConfig: config,
      connection: { id: connectionId, connectionConfig, metadata },
      credential,
      now,
    });
  } catch (cause) {
    if (cause instanceof SynclineError) return cause; // a fault of the configuration: a pause, as for any failure
    throw cause;
  }
}

interface Unanswered {
  id: string;
  outcome: AttemptOutcome;
  /** The request may have been carried out, and the connection broke before the deadline. */
  cut: boolean;
}

async function attempt(
  { send, now }: RefreshDeps,
  environment: EnvironmentDb,
  { row, connection }: RenewalSubject,
  request: TokenRequest | SynclineError,
): Promise<{ id: string; answer: RawTokenAnswer } | Unanswered> {
  const id = await startAttempt(environment, row, new Date(now()));
  if (request instanceof SynclineError) return { id, outcome: `misconfigured:${request.code}`, cut: false };
  try {
    const answer = await send(request, {
      session: connection.connectionId,
      deadlineMs,
      now,
      onAnswer: (raw) => journalAnswer(environment, id, raw).catch(() => keepInMemory()),
    });
    return { id, answer };
  } catch (cause) {
    // Only the code goes on: what a library says about a request may quote it.
    const code = cause instanceof SynclineError ? cause.code : 'request_failed';
    const cut = cause instanceof UpstreamNetworkError && cause.opened && cause.code !== 'ETIMEDOUT';
    return { id, outcome: `unreachable:${code}`, cut };
  }
}

/** The database is away for a moment: the answer is still in hand, and `writeLater` is patient. */
function keepInMemory(): void {}
