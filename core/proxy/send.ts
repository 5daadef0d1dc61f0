// One proxied call to its end: permit, build, send, renew on 401, repeat by the rules. Every attempt is built from scratch.
import { setTimeout as delay } from 'node:timers/promises';
import type { EgressResponse, HeaderValues } from '../egress/egress.ts';
import { UpstreamNetworkError } from '../egress/network-error.ts';
import { SynclineError } from '../errors.ts';
import type { BuiltRequest } from './build-request.ts';
import { type BufferedAnswer, buffered, type Receiver, streamed } from './receive.ts';
import { decideRetry, type Outcome, type RetryDecision } from './retry.ts';
import type { RetryHeader } from './retry-wait.ts';
import { type HopOptions, sendHops } from './send-hops.ts';

export interface AttemptLine {
  method: string;
  /** Without credentials. */
  url: string;
  /** Of the answer, or the code of the network error. */
  status?: number;
  code?: string;
  durationMs: number;
  /** `waitMs` is there when a repeat follows. */
  retry: { attempt: number; max: number; waitMs?: number };
}

export interface LongWait {
  /** `return`: the answer goes back at once. `throw-wait`: SynclineError `retry_later` with `retryAfterMs`, so that a slice can end. */
  mode: 'return' | 'throw-wait';
  maxWaitMs: number;
  /** Of all waits of this call together. */
  maxTotalMs?: number;
}

/** The rate governor's two ends. */
export interface Governor {
  permit(): Promise<void>;
  learn(answer: { status: number; headers: HeaderValues }): void;
}

export interface SendOptions extends HopOptions {
  build: () => Promise<BuiltRequest>;
  /** Repeats after the first try. */
  retries?: number;
  retryOn?: readonly number[];
  retryHeader?: RetryHeader;
  retryUnsafe?: boolean;
  /** Default 60 s; functions have 10 min. */
  backoffCapMs?: number;
  longWait?: LongWait;
  governor?: Governor;
  onAttempt?: (line: AttemptLine) => void;
  /** Renews the credential; true: `build` now gives another one. Called at most once, whatever `retries` says. */
  onUnauthorized?: () => Promise<boolean>;
  sleep?: (ms: number) => Promise<void>;
  now?: () => number;
  random?: () => number;
}

interface About {
  /** Of the last request: its URL without credentials. */
  url: string;
  method: string;
  attempts: number;
}

export type ProxiedAnswer = EgressResponse & About;
export type BufferedProxiedAnswer = BufferedAnswer & About;

/** The body streams; its own failure is the reader's to see. For HTTP callers. */
export function sendProxied(options: SendOptions): Promise<ProxiedAnswer> {
  return send(options, streamed);
}

/** The body is read and decoded within the attempt, so a cut one is repeated like any network error. For functions. */
export function sendBuffered(
  options: SendOptions,
  { maxBytes = 50_000_000 }: { maxBytes?: number } = {},
): Promise<BufferedProxiedAnswer> {
  return send({ ...options, maxBytes }, buffered(maxBytes));
}

const heldByDefault: LongWait = { mode: 'return', maxWaitMs: 60_000, maxTotalMs: 300_000 };

async function send<Answer extends { status: number; headers: HeaderValues }>(
  options: SendOptions,
  receiver: Receiver<Answer>,
): Promise<Answer & About> {
  const { retries = 0, longWait = heldByDefault, now = Date.now } = options;
  const sleep = options.sleep ?? ((ms: number) => delay(ms, undefined, options.signal && { signal: options.signal }));
  let repeats = 0;
  let waitedMs = 0;
  let renewed = false;
  for (let attempts = 1; ; attempts++) {
    await options.governor?.permit();
    const built = await options.build();
    const startedAt = now();
    const line = (rest: Partial<AttemptLine>, waitMs?: number) =>
      options.onAttempt?.({
        method: built.method,
        url: built.publicUrl,
        durationMs: now() - startedAt,
        retry: { attempt: attempts, max: retries, ...(waitMs !== undefined && { waitMs }) },
        ...rest,
      });
    const result = await attempt(() => sendHops(built, options).then(receiver.receive));
    const about = { url: built.publicUrl, method: built.method, attempts };

    if ('error' in result) {
      const { error } = result;
      if (!(error instanceof UpstreamNetworkError)) throw error;
      const decision = decide({ kind: 'network', code: error.code, opened: error.opened }, built);
      line({ code: error.code }, decision.repeat ? decision.waitMs : undefined);
      if (!decision.repeat) throw error;
      if (isTooLong(decision.waitMs)) throw longWait.mode === 'return' ? error : retryLater(decision.waitMs, error);
      await wait(decision.waitMs);
      continue;
    }

    let { answer } = result;
    options.governor?.learn(answer);
    if (answer.status === 401 && !renewed && !built.ownAuthorization && built.repeatable && options.onUnauthorized) {
      renewed = true;
      if (await options.onUnauthorized()) {
        line({ status: 401 }, 0);
        receiver.discard(answer);
        continue;
      }
    }
    let body: unknown;
    if (answer.status >= 400 && repeats < retries && options.provider.proxy?.retry?.in_body) {
      ({ answer, body } = await receiver.parse(answer));
    }
    const decision = decide({ kind: 'status', status: answer.status, headers: answer.headers, body }, built);
    const tooLong = decision.repeat && isTooLong(decision.waitMs);
    line({ status: answer.status }, decision.repeat && !tooLong ? decision.waitMs : undefined);
    if (!decision.repeat || (tooLong && longWait.mode === 'return')) return Object.assign(answer, about);
    receiver.discard(answer);
    if (tooLong) throw retryLater(decision.waitMs);
    await wait(decision.waitMs);
  }

  function decide(outcome: Outcome, built: BuiltRequest): RetryDecision {
    if (!built.repeatable) return { repeat: false };
    return decideRetry({
      outcome,
      method: built.method,
      repeats,
      retries,
      rules: options.provider.proxy?.retry,
      retryOn: options.retryOn,
      caller: options.retryHeader,
      unsafeAllowed: options.retryUnsafe === true || built.hasIdempotencyHeader,
      backoffCapMs: options.backoffCapMs ?? 60_000,
      now: now(),
      random: options.random ?? Math.random,
    });
  }

  function isTooLong(waitMs: number): boolean {
    return waitMs > longWait.maxWaitMs || waitedMs + waitMs > (longWait.maxTotalMs ?? Number.POSITIVE_INFINITY);
  }

  async function wait(waitMs: number): Promise<void> {
    repeats++;
    waitedMs += waitMs;
    if (waitMs > 0) await sleep(waitMs);
    options.signal?.throwIfAborted();
  }
}

async function attempt<Answer>(run: () => Promise<Answer>): Promise<{ answer: Answer } | { error: unknown }> {
  try {
    return { answer: await run() };
  } catch (error) {
    return { error };
  }
}

function retryLater(retryAfterMs: number, cause?: unknown): SynclineError {
  const message = `The provider asks for a pause of ${Math.ceil(retryAfterMs / 1000)} s.`;
  return new SynclineError('retry_later', message, { status: 429, retryable: true, retryAfterMs, cause });
}
