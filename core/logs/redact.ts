// Takes secrets out of what is about to be logged: by the name of a header, key or query parameter, and by known value.
const mark = '[secret]';
const maxDepth = 20;
const maxTextLength = 100_000;
/** Shorter ones would blacken innocent text. */
const minSecretLength = 6;

const secretName =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|.*(?:api[-_]?key|secret|passw|private[-_]?key|credential|signature).*|.*(?:token|assertion|jwt|hmac))$/i;
/** Paging positions, not credentials, whatever their names end with. */
const publicName = /^(?:next|prev|previous|page|sync|continuation)[-_]?(?:page)?[-_]?token$/i;
/** One-time values that only a URL carries under these names. */
const secretParameter = /^(?:code|state)$/i;
const queryPair = /([?&;#])([^=&;#\s"']{1,100})=([^&;#\s"']*)/g;
const bearer = /\b(Bearer|Basic)\s+[A-Za-z0-9+/=_.~-]{6,}/gi;

/** Is what stands under this name (of a header, key or parameter) a secret? */
export const isSecretName = (name: string) => secretName.test(name) && !publicName.test(name);

/** Texts by which a secret may leave: as it is, URL-encoded, base64 with and without padding, inside JSON, and inside JSON in JSON. */
function spellings(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    ...(secret.isWellFormed() ? [encodeURIComponent(secret)] : []),
    new URLSearchParams([['', secret]]).toString().slice(1),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
    json,
    JSON.stringify(json).slice(1, -1),
  ];
}

export interface Redactor {
  text(text: string): string;
  /** A copy that JSON and Postgres can hold: no secret, no NUL, no lone surrogate, no cycle, texts up to 100 KB. */
  value(value: unknown): unknown;
  /** A copy of what JSON gave, without the known secrets; names prove nothing here: what a script throws is meant for somebody. */
  known(value: unknown): unknown;
}

/** @example createRedactor([token]).value({ headers: { authorization: `Bearer ${token}` } }) // {headers: {authorization: '[secret]'}} */
export function createRedactor(secrets: Iterable<string> = []): Redactor {
  const known = [...new Set([...secrets].filter((secret) => secret.length >= minSecretLength).flatMap(spellings))];
  known.sort((a, b) => b.length - a.length);

  const withoutKnown = (text: string) => known.reduce((rest, secret) => rest.replaceAll(secret, mark), text);

  function text(raw: string): string {
    // Before the cut: a secret that the cut goes through would survive in part.
    let clean = withoutKnown(raw);
    if (clean.length > maxTextLength) clean = `${clean.slice(0, maxTextLength)}… (cut)`;
    clean = clean.replaceAll('\0', '\ufffd').toWellFormed();
    if (clean.includes('=')) {
      clean = clean.replace(queryPair, (pair, before: string, name: string) =>
        isSecretName(name) || secretParameter.test(name) ? `${before}${name}=${mark}` : pair,
      );
    }
    return /b(?:earer|asic)\s/i.test(clean) ? clean.replace(bearer, `$1 ${mark}`) : clean;
  }

  function copy(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'bigint') return value.toString();
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
    if (typeof value !== 'object') return undefined;
    if (depth >= maxDepth) return '[too deep]';
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof Error) return { name: value.name, message: text(value.message) };
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1) ?? null);
    const entries = Object.entries(value).map(([name, item]) => [
      text(name),
      // Secrets are texts or hold them: a counter may be called `max_token`.
      isSecretName(name) && item !== null && ['string', 'object'].includes(typeof item) ? mark : copy(item, depth + 1),
    ]);
    return Object.fromEntries(entries);
  }

  function copyKnown(value: unknown): unknown {
    if (typeof value === 'string') return withoutKnown(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(copyKnown);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [withoutKnown(name), copyKnown(item)]));
  }

  return { text, value: (value) => copy(value, 0), known: copyKnown };
}
