// Renews one credential: the row's lock across the token call, the answer journalled before it is parsed, compare-and-swap.
//
// Two generals: with strict rotation a crash between the server's commit and our journal loses the grant, whoever writes this.
// Everything else is kept: after an unknown outcome the old token is tried once more, which works without rotation and in grace.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EnvironmentDb } from '../db/database.ts';
import { UpstreamNetworkError } from '../egress/network-error.ts';
import { SynclineError } from '../errors.ts';
import { isRenewable } from './credential.ts';
import { type Circumstances, judgeOutcome, stateAfterFailure, type Verdict } from './judge-answer.ts';
import type { Exchange, Outcome } from './modes/mode.ts';
import { renewalOf } from './modes/renewals.ts';
import { type AttemptOutcome, endAttempt, journalAnswers, readHistory, startAttempt } from './refresh-attempts.ts';
import { type RenewalSubject, subjectOf } from './renewal-subject.ts';
import type { SendTokenRequest } from './send-token-request.ts';
import { type CredentialRow, openCredential } from './store.ts';
import { type Decision, enterEnvironment, lockCredential, writeDecision } from './swap-credential.ts';
import type { RawTokenAnswer } from './token-answer.ts';

/** Below the locks' pool's `idle_in_transaction_session_timeout`, also twice. */
const deadlineMs = 20_000;

/** The parser; a dependency, so that a test can let the process die in front of it. */
export type ReadAnswers = (exchange: Exchange, answers: readonly RawTokenAnswer[]) => Outcome;

export interface RefreshDeps {
  send: SendTokenRequest;
  read: ReadAnswers;
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
    const authMode = subject.provider?.auth_mode ?? 'unknown';
    const held: { row?: CredentialRow; decision?: Promise<Decision> } = {};
    try {
      return await environment.locks.begin(async (sql) => {
        await enterEnvironment(sql, environment);
        const row = await lockCredential(sql, subject.row.connectionId);
        if (!wanted(row)) return row;
        held.row = row;
        held.decision = decide(deps, environment, { ...subject, row });
        const decision = await held.decision;
        return await writeDecision(sql, environment, { row, authMode, decision, now: new Date(deps.now()) });
      });
    } catch (cause) {
      if (!held.row || !held.decision) throw cause;
      // The lock's connection may have died during the call; what was answered is stored all the same, guarded by the version.
      return await writeLater(deps, environment, { row: held.row, authMode, decision: await held.decision });
    }
  };
}

const writeAgainMs = [0, 250, 1000, 3000, 6000];

async function writeLater(
  { now }: RefreshDeps,
  environment: EnvironmentDb,
  writing: { row: CredentialRow; authMode: string; decision: Decision },
): Promise<CredentialRow> {
  let last: unknown;
  for (const pauseMs of writeAgainMs) {
    await sleep(pauseMs);
    try {
      return await environment.locks.begin(async (sql) => {
        await enterEnvironment(sql, environment);
        return await writeDecision(sql, environment, { ...writing, now: new Date(now()) });
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
  if (!provider || !isRenewable(credential)) {
    throw new SynclineError('unsupported_token_request', 'This credential cannot be renewed.', { status: 400 });
  }
  const { failures, pending } = await readHistory(environment, row);
  const about = { row, provider, failures, random: deps.random };
  const exchange = orMisconfigured(() =>
    renewalOf(subjectOf(environment, { ...subject, provider }, new Date(deps.now())), credential),
  );
  const judged = ({ id, answers, exchange: asked }: Answered): Decision => {
    const now = deps.now();
    const last = answers.at(-1) ?? { receivedAt: new Date(now) };
    return { attemptId: id, verdict: judgeOutcome(deps.read(asked, answers), last, { ...about, nowMs: now }) };
  };
  // Of a login in several steps only a whole one counts: what came of the first may be over by now.
  if (pending && !(exchange instanceof SynclineError) && isWhole(exchange, pending.answers))
    return judged({ ...pending, exchange });
  const first = await attempt(deps, environment, subject, exchange);
  if ('answers' in first) return judged(first);
  if (!first.cut) return failed(first, { ...about, nowMs: deps.now() });
  // Cut in the middle: the server may have rotated, and its grace is short.
  await endAttempt(environment, first.id, first.outcome);
  const second = await attempt(deps, environment, subject, exchange);
  return 'answers' in second ? judged(second) : failed(second, { ...about, failures: failures + 1, nowMs: deps.now() });
}

const failed = ({ id, outcome }: Unanswered, about: Circumstances): Decision => {
  const verdict: Verdict = { outcome, state: stateAfterFailure(about) };
  return { attemptId: id, verdict };
};

/** A fault of the configuration is a pause, as any failure is. */
function orMisconfigured<T>(run: () => T): T | SynclineError {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof SynclineError) return cause;
    throw cause;
  }
}

const isWhole = (exchange: Exchange, answers: readonly RawTokenAnswer[]): boolean =>
  orMisconfigured(() => exchange.next(answers)) === undefined;

interface Answered {
  id: string;
  exchange: Exchange;
  answers: RawTokenAnswer[];
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
  exchange: Exchange | SynclineError,
): Promise<Answered | Unanswered> {
  const id = await startAttempt(environment, row, new Date(now()));
  const misconfigured = ({ code }: SynclineError): Unanswered => ({ id, outcome: `misconfigured:${code}`, cut: false });
  if (exchange instanceof SynclineError) return misconfigured(exchange);
  const answers: RawTokenAnswer[] = [];
  const endsAt = now() + deadlineMs;
  for (;;) {
    const request = orMisconfigured(() => exchange.next(answers));
    if (request instanceof SynclineError) return misconfigured(request);
    if (!request) return { id, exchange, answers };
    try {
      const answer = await send(request, {
        session: connection.connectionId,
        deadlineMs: Math.max(endsAt - now(), 1),
        now,
        onAnswer: (raw) => journalAnswers(environment, id, [...answers, raw]).catch(() => keepInMemory()),
      });
      answers.push(answer);
    } catch (cause) {
      // Only the code goes on: what a library says about a request may quote it.
      const code = cause instanceof SynclineError ? cause.code : 'request_failed';
      const cut = cause instanceof UpstreamNetworkError && cause.opened && cause.code !== 'ETIMEDOUT';
      return { id, outcome: `unreachable:${code}`, cut };
    }
  }
}

/** The database is away for a moment: the answer is still in hand, and `writeLater` is patient. */
function keepInMemory(): void {}
