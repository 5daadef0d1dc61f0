// Whether a failed attempt is repeated. The steps are those of proxy.md section 12; the wait is retry-wait.ts's.
import type { RetryRules } from './entry.ts';
import { isRepeatable } from './repeatable.ts';
import { retryWait, type WaitInput, type WaitSource } from './retry-wait.ts';

export type Outcome =
  | { kind: 'network'; code: string; opened: boolean }
  | { kind: 'status'; status: number; headers: Readonly<Record<string, string | string[]>>; body?: unknown };

export interface RetryInput extends Pick<WaitInput, 'caller' | 'backoffCapMs' | 'now' | 'random'> {
  outcome: Outcome;
  method: string;
  /** Repeats made so far, and how many are allowed. */
  repeats: number;
  retries: number;
  rules?: RetryRules | undefined;
  retryOn?: readonly number[] | undefined;
  /** The caller says so, or an idempotency header is there. */
  unsafeAllowed: boolean;
}

export type RetryDecision = { repeat: false } | { repeat: true; waitMs: number; source: WaitSource };

const neverSent = new Set(['ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH']);
const perhapsSent = new Set(['ECONNRESET', 'ETIMEDOUT', 'ECONNABORTED', 'UND_ERR_SOCKET']);

export function decideRetry(input: RetryInput): RetryDecision {
  const { outcome, repeats, retries } = input;
  const worth = outcome.kind === 'network' ? isNetworkWorth(outcome, input) : isStatusWorth(outcome, input);
  if (!worth || repeats >= retries) return { repeat: false };
  const answer = outcome.kind === 'status' ? outcome : undefined;
  return { repeat: true, ...retryWait({ ...input, headers: answer?.headers, body: answer?.body }) };
}

function isNetworkWorth(
  { code, opened }: Outcome & { kind: 'network' },
  { method, unsafeAllowed }: RetryInput,
): boolean {
  if (neverSent.has(code)) return true;
  if (!perhapsSent.has(code)) return false; // ENOTFOUND, TLS: the next try says the same
  return !opened || isRepeatable(method) || unsafeAllowed;
}

function isStatusWorth(
  { status, headers }: Outcome & { kind: 'status' },
  { method, rules, retryOn, unsafeAllowed }: RetryInput,
): boolean {
  if (retryOn?.includes(status)) return true;
  if (status < 400) return false;
  if (status === 401) return false; // one renewal, one repeat: section 11, not here
  if (status === 429) return true;
  if (rules?.remaining !== undefined && isZero(headers[rules.remaining.toLowerCase()])) return true;
  const listed = rules?.error_code ? rules.error_code.some((range) => contains(range, status)) : isDefault(status);
  if (!listed) return false;
  const processed = status === 503 || (rules?.error_code !== undefined && status < 500);
  return processed || isRepeatable(method) || unsafeAllowed;
}

function isDefault(status: number): boolean {
  return status >= 500 || status === 408 || status === 425;
}

/** `429`, `5xx`, `500-502` */
function contains(range: string, status: number): boolean {
  const [from = '', to = from] = range.toLowerCase().split('-');
  return status >= Number(from.replaceAll('x', '0')) && status <= Number(to.replaceAll('x', '9'));
}

function isZero(value: string | string[] | undefined): boolean {
  return value !== undefined && [value].flat().some((text) => text.trim() !== '' && Number(text) === 0);
}
