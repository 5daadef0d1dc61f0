// What the page says, in the language of whoever reads it. A key that a language lacks is an error of types, not English on screen.
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';

export type Texts = typeof en;

const languages = { en, de, fr, es } satisfies Record<string, Texts>;

export type Language = keyof typeof languages;

/** @param wished most wanted first, as in `navigator.languages` @example chooseLanguage(['pt-BR', 'de-AT', 'en']) // 'de' */
export function chooseLanguage(wished: readonly string[]): Language {
  const known = wished.map((tag) => tag.toLowerCase().split(/[-_]/)[0] ?? '');
  return known.find((tag): tag is Language => Object.hasOwn(languages, tag)) ?? 'en';
}

export const textsOf = (language: Language): Texts => languages[language];

/** @example fill('Connect {name}', { name: 'HubSpot' }) // 'Connect HubSpot' */
export const fill = (text: string, values: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
