// Reads what a token endpoint answered: JSON, else form-encoded; tokens with their expiry, or the refusal.

import { readOwnPath } from '@syncline/functions/paginate';
import type { Provider } from '../../providers/schema.ts';
import { parseXml } from './xml.ts';

/** As it came, before anybody has tried to understand it. */
export interface RawTokenAnswer {
  status: number;
  contentType: string;
  retryAfter: string | undefined;
  receivedAt: Date;
  bytes: Buffer;
  /** Those that the request named in `keepHeaders`; lower-case names. */
  headers?: Record<string, string[]>;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string | undefined;
  /** Counted from the moment the answer came, not by the provider's clock. */
  expiresAt: Date | undefined;
  data: Record<string, unknown>;
}

export interface Refusal {
  status: number;
  /** RFC 6749 section 5.2. */
  error: string | undefined;
  description: string | undefined;
  /** The mode's own way to say `invalid_grant`: what the user gave is no longer good. */
  isOver?: boolean;
}

type AnswerRules = Pick<Provider, 'alternate_access_token_response_path' | 'expires_in_unit' | 'token_expires_in_ms'>;

export type ReadTokenAnswer = (answer: RawTokenAnswer, entry: AnswerRules) => { tokens: Tokens } | { refusal: Refusal };

const maxTokenLength = 16_384;

export const readTokenAnswer: ReadTokenAnswer = (answer, entry) => {
  const { status, receivedAt } = answer;
  const data = parseBody(answer);
  const found = status >= 200 && status < 300 ? (tokenPart(data) ?? alternatePart(data, entry)) : undefined;
  if (!found) return { refusal: refusalOf(status, data) };
  const unitMs = entry.expires_in_unit === 'milliseconds' ? 1 : 1000;
  const expiresAt = readExpiry(found, { receivedAt, unitMs }) ?? knownExpiry(entry, receivedAt);
  return {
    tokens: { accessToken: found.access_token, refreshToken: tokenText(found['refresh_token']), expiresAt, data },
  };
};

/** Some lives stand only in the provider's documentation. */
const knownExpiry = ({ token_expires_in_ms: lifeMs }: AnswerRules, receivedAt: Date): Date | undefined =>
  lifeMs ? new Date(receivedAt.getTime() + lifeMs) : undefined;

export const isSuccess = ({ status }: Pick<RawTokenAnswer, 'status'>) => status >= 200 && status < 300;

/** RFC 6749 section 5.2, and the `message` that others have instead. */
export const refusalOf = (status: number, data: Record<string, unknown>): Refusal => ({
  status,
  error: textOf(data['error']),
  description: textOf(data['error_description']) ?? textOf(data['message']),
});

/** JSON, else XML or a form; what is none of them is `{}`. */
export function parseBody({
  bytes,
  contentType,
}: Pick<RawTokenAnswer, 'bytes' | 'contentType'>): Record<string, unknown> {
  const text = bytes.toString('utf8').trim();
  try {
    const parsed: unknown = JSON.parse(text);
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isObject && isShallow(parsed) ? { ...parsed } : {};
  } catch {
    if (/[/+]xml\b/i.test(contentType) && !/html/i.test(contentType)) return parseXml(text) ?? {};
    const isForm = /form-urlencoded/i.test(contentType) || /^[\w.~%+-]+=[^\s<>{}]*$/.test(text);
    return isForm ? Object.fromEntries(new URLSearchParams(text)) : {}; // an HTML page, half a body
  }
}

/** What nests for ever is no token answer, and it could not be stored. */
const isShallow = (value: unknown, depth = 0): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth < 64 && Object.values(value).every((inner) => isShallow(inner, depth + 1)));

type WithToken = Record<string, unknown> & { access_token: string };

function tokenPart(data: Record<string, unknown>): WithToken | undefined {
  const accessToken = tokenText(data['access_token']);
  return accessToken === undefined ? undefined : { ...data, access_token: accessToken };
}

/** The path leads to the token, or to an object that has refresh token and expiry beside it. */
function alternatePart(
  data: Record<string, unknown>,
  { alternate_access_token_response_path: path }: AnswerRules,
): WithToken | undefined {
  const there = path === undefined ? undefined : readOwnPath(data, path);
  if (typeof there === 'object' && there !== null) return tokenPart({ ...there });
  return tokenPart({ ...data, access_token: there });
}

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const tokenText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= maxTokenLength ? value : undefined;

/** `expires_at` wins over `expires_in`; one that is over already is a mistake. undefined: not told. */
export function readExpiry(
  { expires_at: at, expires_in: duration }: Record<string, unknown>,
  { receivedAt, unitMs = 1000 }: { receivedAt: Date; unitMs?: number },
): Date | undefined {
  const fromMs = receivedAt.getTime();
  const told = [readMoment(at, fromMs), fromMs + Number(duration ?? Number.NaN) * unitMs];
  const atMs = told.find((moment) => moment > fromMs && moment <= lastMomentMs);
  return atMs === undefined ? undefined : new Date(atMs);
}

const lastMomentMs = Date.UTC(9999, 0);

/** Milliseconds when that is after 1971, else seconds; an ISO or other date; `D:HH:MM` from now. */
function readMoment(value: unknown, fromMs: number): number {
  const text = String(value ?? '').trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) > 31_536_000_000 ? Number(text) : Number(text) * 1000;
  const [, days, hours, minutes] = /^(\d{1,4}):(\d{1,2}):(\d{1,2})$/.exec(text) ?? [];
  if (days !== undefined) {
    return fromMs + ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000;
  }
  return text === '' ? Number.NaN : Date.parse(text);
}
