// Takes secrets, and e-mail addresses where wanted, out of a recording. Each gets one stand-in wherever it stands: a token of one
// answer that the next request carries is still the same token in both, so the recording replays.
import { isSecretName } from '../../core/logs/redact.ts';

/** Shorter ones would replace innocent text. */
const minSecretLength = 6;
const minNamedLength = 8;
/** A value that only its name makes a secret is replaced inside of other texts when it is this long. */
const minInnerLength = 16;
const email = /[\w.%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/gi;
const queryPair = /[?&;]([^=&;#\s"']{1,100})=([^&;#\s"']+)/g;

export interface Scrubber {
  /** Finds what has a secret's name. All that will be scrubbed has to be learnt before. */
  learn(value: unknown): void;
  text(text: string): string;
  /** A copy. */
  value<T>(value: T): T;
}

interface ScrubberOptions {
  /** Known ones, whatever they are called. */
  secrets: Iterable<string>;
  emails: boolean;
}

export function createScrubber({ secrets, emails }: ScrubberOptions): Scrubber {
  const known = new Set([...secrets].filter((secret) => secret.length >= minSecretLength));
  const standIns = new Map<string, string>();
  const people = new Map<string, string>();
  let inner: string[] | undefined;

  function add(secret: string): void {
    if (standIns.has(secret)) return;
    standIns.set(secret, `redacted-${standIns.size + 1}`);
    inner = undefined;
  }
  for (const secret of known) add(secret);
  /** A word, such as the state of a password, is none whatever stands before it. */
  const addNamed = (text: string) => {
    if (text.length >= minNamedLength && !/^[a-z _-]+$/i.test(text)) add(text);
  };

  function learn(value: unknown): void {
    if (typeof value === 'string') {
      for (const [, name = '', text = ''] of value.matchAll(queryPair)) if (isSecretName(name)) addNamed(decoded(text));
    } else if (Array.isArray(value)) for (const item of value) learn(item);
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value)) {
        if (typeof item === 'string' && isSecretName(name)) addNamed(item);
        else learn(item);
      }
  }

  /** Longest first, since one may be part of another. */
  const innerSecrets = () =>
    (inner ??= [...standIns.keys()]
      .filter((secret) => known.has(secret) || secret.length >= minInnerLength)
      .sort((a, b) => b.length - a.length));

  function text(given: string): string {
    const whole = standIns.get(given);
    if (whole !== undefined) return whole;
    let clean = given;
    for (const secret of innerSecrets())
      for (const spelling of spellings(secret)) clean = clean.replaceAll(spelling, standIns.get(secret)!);
    clean = clean.replace(queryPair, (pair, name: string, value: string) => {
      const standIn = isSecretName(name) ? standIns.get(decoded(value)) : undefined;
      return standIn === undefined ? pair : `${pair.slice(0, pair.length - value.length)}${standIn}`;
    });
    return emails ? clean.replace(email, person) : clean;
  }

  function person(address: string): string {
    const key = address.toLowerCase();
    if (!people.has(key)) people.set(key, `person-${people.size + 1}@example.com`);
    return people.get(key)!;
  }

  function copy(value: unknown): unknown {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copy(item)]));
  }

  return { learn, text, value: <T>(value: T) => copy(value) as T };
}

/** As it is, as it stands in a URL, and inside of JSON. */
function spellings(secret: string): string[] {
  const encoded = secret.isWellFormed() ? encodeURIComponent(secret) : secret;
  return [...new Set([secret, encoded, JSON.stringify(secret).slice(1, -1)])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
