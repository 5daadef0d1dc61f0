// The secrets that are looked for, by name, so that a leak says what leaked; and the search for them in all their forms.
import { randomBytes } from 'node:crypto';
import { createPatternSearch } from './pattern-search.ts';
import { formsOf } from './secret-forms.ts';

export interface Canaries {
  readonly size: number;
  /** A new secret. Its quotes and signs tell JSON's and URLs' spelling from the plain one. */
  make(name: string): string;
  /** One that somebody else made: a token, a code. Of a PEM one line, because the whole may be wrapped otherwise. */
  add(name: string, secret: string): void;
  /** Names of those that stand in one of the texts, each with `place` before it. */
  find(place: string, texts: Iterable<string | Buffer>): string[];
}

/** Shorter ones may stand somewhere by chance. */
const minLength = 12;

export function createCanaries(): Canaries {
  const known = new Map<string, string>();
  let search: ReturnType<typeof createPatternSearch> | undefined;

  function add(name: string, secret: string): void {
    const text = secret.startsWith('-----BEGIN') ? secret.split(/\\n|\s*\n/)[2]! : secret;
    if (text.length < minLength) throw new Error(`${name} is too short to be looked for.`);
    if (known.get(name) !== text) search = undefined;
    known.set(name, text);
  }

  return {
    get size() {
      return known.size;
    },
    make(name) {
      const value = `sim-"${randomBytes(18).toString('base64url')}+/ü`;
      add(name, value);
      return value;
    },
    add,
    find(place, texts) {
      const wanted = [...known].flatMap(([name, secret]) => formsOf(secret).map((form) => [form, name] as const));
      search ??= createPatternSearch(wanted.flatMap(([form, name]) => bytesOf(form).map((bytes) => ({ bytes, name }))));
      const found = new Set<string>();
      for (const text of texts) search(Buffer.isBuffer(text) ? text : Buffer.from(text), found);
      return [...found].map((name) => `${place}: ${name}`);
    },
  };
}

/** Headers are Latin-1 on the wire, everything else is UTF-8. */
const bytesOf = (form: string): Buffer[] => {
  const [utf8, latin1] = [Buffer.from(form), Buffer.from(form, 'latin1')];
  return utf8.equals(latin1) ? [utf8] : [utf8, latin1];
};
