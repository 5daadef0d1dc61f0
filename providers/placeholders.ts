// The `${…}` language of the catalogue: which names exist, and where they stand in a text. Values are core/proxy's business.

const names = new Set([
  'apiKey',
  'accessToken',
  'clientId',
  'clientSecret',
  'username',
  'password',
  'token',
  'refresh_token',
  'assertion',
  'random',
  'now',
  'endpoint',
  'method',
  'host',
  'path',
  'params',
  'urlCanonicalParams',
  'bodyCanonicalParams',
  'contentType',
]);

const dotted = /^(connectionConfig|credentials|metadata|assertionOption|step[1-9][0-9]*)\.[^${}()]+$/;

/** `now:YYYY-MM-DD`, `now+7:days:YYYY-MM-DD`, `now-1:hour:X` */
const clock = /^now([+-][0-9]+:[a-z]+)?:.+$/;

const call = /^(base64|sha256Hex|sha256Base64|hmacSha1Hex|ed25519Sign|fingerprint|awsSigV4)\(.*\)$/s;

export interface Placeholder {
  /** The text between the braces, nested placeholders included. */
  name: string;
  start: number;
  end: number;
}

/** Placeholders of a text, not those inside others. An unclosed `${` is plain text. */
export function outermostPlaceholders(text: string): Placeholder[] {
  const found: Placeholder[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf('${', from);
    if (start < 0) return found;
    const end = closingBrace(text, start + 2);
    if (end < 0) return found;
    found.push({ name: text.slice(start + 2, end), start, end: end + 1 });
    from = end + 1;
  }
}

/** All placeholder names of a text, nested ones too. */
export function placeholderNames(text: string): string[] {
  return outermostPlaceholders(text).flatMap(({ name }) => [name, ...placeholderNames(name)]);
}

/** @example isKnownPlaceholder('connectionConfig.subdomain') // true */
export function isKnownPlaceholder(name: string): boolean {
  return names.has(name) || dotted.test(name) || clock.test(name) || call.test(name);
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith('${', at)) depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}
