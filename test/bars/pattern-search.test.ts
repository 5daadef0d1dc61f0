import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createPatternSearch } from './pattern-search.ts';

it('finds what `includes` finds, wherever it stands', () => {
  // Two letters: patterns overlap, repeat and share their ends.
  const word = (minLength: number, maxLength: number) =>
    fc.array(fc.constantFrom('a', 'b'), { minLength, maxLength }).map((letters) => letters.join(''));
  fc.assert(
    fc.property(fc.array(word(3, 9), { minLength: 1, maxLength: 5 }), word(0, 60), (words, text) => {
      const found = new Set<string>();
      createPatternSearch(words.map((name) => ({ bytes: Buffer.from(name), name })))(Buffer.from(text), found);
      expect([...found].sort()).toEqual([...new Set(words)].filter((name) => text.includes(name)).sort());
    }),
  );
});
