// Logos drawn as text: whatever an entry is called, the picture is one picture and nothing else.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { drawLogo } from './draw-logo.ts';

const textOf = (svg: string) => /<text[^>]*>(.*)<\/text>/.exec(svg)?.[1];

it.each([
  ['Google Calendar', 'GC'],
  ['Gmail', 'G'],
  ['Auth0 (Client Credentials)', 'A'],
  ['Éclair & Söhne', 'ÉS'],
  ['3CX', '3'],
  ['***', '?'],
])('writes %s as %s', (displayName, initials) => {
  expect(textOf(drawLogo({ name: 'x', display_name: displayName }))).toBe(initials);
});

it('gives each provider a colour of its own that stays', () => {
  const gmail = drawLogo({ name: 'google-mail', display_name: 'Gmail' });
  expect(drawLogo({ name: 'google-mail', display_name: 'Gmail' })).toBe(gmail);
  expect(drawLogo({ name: 'gitlab', display_name: 'Gmail' })).not.toBe(gmail);
});

it('lets no name break out of the picture', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      const svg = drawLogo({ name: 'x', display_name: `<script>"'&${name}` });
      expect(svg.match(/</g)).toHaveLength(5);
      expect(svg.match(/"/g)).toHaveLength(drawLogo({ name: 'x', display_name: 'a' }).match(/"/g)?.length ?? 0);
    }),
  );
});
