// Takes the credential out of a text that people or functions may read.
import type { ProxyCredentials, ProxyIntegration } from './entry.ts';

const notSecret = new Set(['type', 'expires_at', 'region', 'service', 'user_id', 'organization_id']);
const mark = '[secret]';

/** By credential, which is read once and used for many requests. */
const known = new WeakMap<ProxyCredentials, string[]>();

export function createRedactor(
  credentials: ProxyCredentials,
  { clientSecret }: ProxyIntegration,
): (text: string) => string {
  let secrets = known.get(credentials);
  if (secrets === undefined) {
    secrets = spellings(collect(credentials, 0));
    known.set(credentials, secrets);
  }
  const all = clientSecret === undefined ? secrets : [...secrets, ...spellings(collect(clientSecret, 0))];
  return (text) => all.reduce((result, secret) => result.replaceAll(secret, mark), text);
}

/** As written, and as it looks in a path or a query; the longest first, since one may be part of another. */
function spellings(secrets: readonly string[]): string[] {
  const all = secrets.flatMap((secret) => [
    secret,
    encode(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
  ]);
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

/** Shorter ones would blacken innocent text. */
function collect(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return value.length >= 6 ? [value] : [];
  if (typeof value !== 'object' || value === null || depth > 3) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    notSecret.has(key) || key === 'raw' ? [] : collect(item, depth + 1),
  );
}

function encode(secret: string): string {
  return secret.isWellFormed() ? encodeURIComponent(secret) : secret;
}
