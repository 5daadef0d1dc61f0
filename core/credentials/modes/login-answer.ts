// Reads what a login answered: the token where the entry says it stands, and how long it lives.
import { readOwnPath } from '@syncline/functions/paginate';
import type { Provider } from '../../../providers/schema.ts';
import type { TokenCredential } from '../credential.ts';
import { metadataOf } from '../response-metadata.ts';
import { isSuccess, parseBody, type RawTokenAnswer, readExpiry, refusalOf, tokenText } from '../token-answer.ts';
import type { Inputs, Outcome } from './mode.ts';

const fallbackLifeMs = 86_400_000;

interface Login {
  provider: Provider;
  /** Kept beside the token. */
  inputs: Inputs;
  /** Answers of a whole login. */
  steps: number;
  /** Good until the answer brings another. */
  refreshToken?: string;
}

export function readLogin(
  answers: readonly RawTokenAnswer[],
  { provider, inputs, steps, refreshToken }: Login,
): Outcome {
  const last = answers.at(-1)!;
  const data = parseBody(last);
  const cookies = cookiesOf(answers, provider);
  const rules = provider.token_response;
  const found = rules ? readOwnPath(data, rules.token) : undefined;
  const token = tokenText(typeof found === 'number' ? String(found) : found) ?? (rules ? undefined : cookies);
  if (!isSuccess(last) || answers.length < steps || token === undefined) {
    // The user's own login: 401 is the word for what OAuth calls `invalid_grant`.
    return { refusal: { ...refusalOf(last.status, data), isOver: last.status === 401 } };
  }
  const expiresAt = expiryOf(data, provider, last.receivedAt);
  const next = (rules?.refresh_token && tokenText(readOwnPath(data, rules.refresh_token))) || refreshToken;
  const credential: TokenCredential = {
    ...inputs,
    ...(cookies !== undefined && { _cookies: cookies }),
    type: 'TWO_STEP',
    token,
    ...(next !== undefined && { refresh_token: next }),
    expires_at: expiresAt?.toISOString(),
    raw: data,
  };
  return { made: { credential, expiresAt, config: metadataOf(provider.token_response_metadata, data) } };
}

function expiryOf(data: Record<string, unknown>, provider: Provider, receivedAt: Date): Date | undefined {
  const { token_response: rules, token_expires_in_ms: lifeMs } = provider;
  const value = rules?.token_expiration === undefined ? undefined : readOwnPath(data, rules.token_expiration);
  const isMoment = rules?.token_expiration_strategy === 'expireAt';
  const unitMs = provider.expires_in_unit === 'milliseconds' ? 1 : 1000;
  const told = readExpiry(isMoment ? { expires_at: value } : { expires_in: value }, { receivedAt, unitMs });
  if (told) return told;
  if (lifeMs === 0) return undefined;
  return new Date(receivedAt.getTime() + (lifeMs ?? fallbackLifeMs));
}

/** `token_response_headers: { set-cookie: credentials._cookies }`: as a request sends them (RFC 6265 section 5.4). */
function cookiesOf(
  answers: readonly RawTokenAnswer[],
  { token_response_headers: wanted = {} }: Provider,
): string | undefined {
  if (!Object.keys(wanted).some((name) => name.toLowerCase() === 'set-cookie')) return undefined;
  const cookies = new Map<string, string>();
  for (const line of answers.flatMap(({ headers }) => headers?.['set-cookie'] ?? [])) {
    const [, name, value] = /^\s*([^=;\s]+)=([^;]*)/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) cookies.set(name, value.trim());
  }
  return cookies.size === 0 ? undefined : [...cookies].map((pair) => pair.join('=')).join('; ');
}
