import { expect, it } from 'vitest';
import { readAddress } from './address.ts';

function at(href: string, state: unknown = null) {
  const shown: { state: unknown; href: string } = { state, href };
  const history = {
    state,
    replaceState(next: unknown, _title: string, url: string) {
      Object.assign(shown, { state: next, href: new URL(url, href).href });
    },
  };
  return { shown, wishes: readAddress({ location: { href }, history } as unknown as Window) };
}

it.each([
  ['https://s.example/connect/#session_token=tok', 'https://s.example/connect/'],
  ['https://s.example/connect/?lang=de&session_token=tok', 'https://s.example/connect/?lang=de'],
])('takes the token off the address: %s', (href, left) => {
  const { wishes, shown } = at(href);
  expect(wishes.token).toBe('tok');
  expect(shown).toEqual({ state: { token: 'tok' }, href: left });
});

it('finds the token again after a reload', () => {
  expect(at('https://s.example/connect/', { token: 'tok' }).wishes.token).toBe('tok');
  for (const state of [null, {}, { token: 7 }, 'tok'])
    expect(at('https://s.example/connect/', state).wishes.token).toBeUndefined();
});

it('reads language, theme and whether the popup is watched', () => {
  expect(at('https://s.example/?lang=fr&theme=dark&detectClosedAuthWindow=false').wishes).toEqual({
    token: undefined,
    lang: 'fr',
    theme: 'dark',
    watchesPopup: false,
  });
  expect(at('https://s.example/?theme=system').wishes).toMatchObject({ theme: undefined, watchesPopup: true });
});
