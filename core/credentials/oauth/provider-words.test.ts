import { expect, it } from 'vitest';
import { said } from './provider-words.ts';

it('says what the provider said, on one line', () => {
  expect(said({ error: 'access_denied', description: 'The user\nsaid no.' }, [])).toBe(
    'access_denied, The user said no.',
  );
  expect(said({ error: undefined, description: '' }, [])).toBe('');
});

it('lets no credential through that is quoted back', () => {
  const jwt = `eyJ${'a'.repeat(20)}.${'b'.repeat(20)}.sig`;
  const words = said({ description: `Bad code ac_short1, token ${'x'.repeat(48)} and ${jwt}` }, ['ac_short1']);
  expect(words).toBe('Bad code [secret], token [removed] and [removed]');
});

it('is short, whatever came', () => {
  expect(said({ description: 'word '.repeat(10_000) }, []).length).toBeLessThanOrEqual(1_000);
});
