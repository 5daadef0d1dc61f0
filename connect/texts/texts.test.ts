import { describe, expect, it } from 'vitest';
import { chooseLanguage, fill, type Language, textsOf } from './texts.ts';

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe.each<Language>(['de', 'fr', 'es'])('in %s', (language) => {
  const english = textsOf('en');
  const texts = textsOf(language);

  it('every text is there, with the same gaps to fill', () => {
    const flat = ({ fields, ...rest }: typeof texts) => Object.entries({ ...rest, ...fields }) as [string, string][];
    const ours = Object.fromEntries(flat(texts));
    for (const [key, text] of flat(english)) {
      expect(ours[key], key).toMatch(/\S/);
      expect(placeholders(ours[key]!), key).toEqual(placeholders(text));
    }
    expect(Object.keys(ours)).toHaveLength(flat(english).length);
  });
});

it('speaks the first wished language that it knows', () => {
  expect(chooseLanguage(['pt-BR', 'de-AT', 'en'])).toBe('de');
  expect(chooseLanguage(['FR_ca'])).toBe('fr');
  expect(chooseLanguage(['constructor', 'ja'])).toBe('en');
  expect(chooseLanguage([])).toBe('en');
});

it('fills gaps with whatever a name holds, once', () => {
  expect(fill('{name} and {name}', { name: '{name} $&' })).toBe('{name} $& and {name} $&');
  expect(fill('{other}', { name: 'x' })).toBe('{other}');
});
