import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contrastOf, luminanceOf, parseColour, textOn } from './theme.ts';

it('puts a text on every accent colour that can be read on it', () => {
  const channel = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(channel, channel, channel, (red, green, blue) => {
      const colour = [red, green, blue] as const;
      const text = parseColour(textOn(colour))!;
      expect(contrastOf(luminanceOf(colour), luminanceOf(text))).toBeGreaterThanOrEqual(4.5);
    }),
    { numRuns: 5_000 },
  );
});

it('keeps white on a blue that people expect it on, and takes dark on a light one', () => {
  expect(textOn(parseColour('#1f5eff')!)).toBe('#ffffff');
  expect(textOn(parseColour('#7aa2ff')!)).toBe('#040509');
});

it('reads colours in hexadecimal, and nothing that could be more than a colour', () => {
  expect(parseColour('#0af')).toEqual([0, 170, 255]);
  expect(parseColour(' #00AAFF ')).toEqual([0, 170, 255]);
  for (const text of ['red', '#12345', 'url(https://evil.example)', '#fff;}', ''])
    expect(parseColour(text)).toBeUndefined();
});

it('is as dark by the system’s wish as by the app’s', () => {
  const sheet = readFileSync(new URL('styles/palette.css', import.meta.url), 'utf8');
  const [asked, wished] = [':root[data-theme="dark"] {', ':root:not([data-theme]) {'].map((selector) =>
    sheet.split(selector)[1]!.split('}')[0]!.replace(/\s+/g, ' '),
  );
  expect(asked).toContain('--surface');
  expect(wished).toBe(asked);
});
