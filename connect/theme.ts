// The environment's accent colour, with a text colour on it that can be read, whatever the colour is (WCAG 2.2, 1.4.3).
import type { Theme } from './server.ts';

type Rgb = readonly [number, number, number];

/** @returns undefined for what is no colour in hexadecimal */
export function parseColour(text: string): Rgb | undefined {
  const [, short, long] = /^#(?:([0-9a-f]{3})|([0-9a-f]{6}))$/i.exec(text.trim()) ?? [];
  const hex = long ?? short?.replace(/./g, '$&$&');
  if (hex === undefined) return undefined;
  const channel = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return [channel(0), channel(2), channel(4)];
}

/** WCAG 2.2, relative luminance. */
export function luminanceOf(colour: Rgb): number {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export const contrastOf = (one: number, other: number): number =>
  (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);

/** As light as black may be beside colours on which white cannot be read. */
const dark = '#040509';

/** White wherever it can be read, as people expect it on a button. */
export function textOn(colour: Rgb): string {
  return contrastOf(luminanceOf(colour), 1) >= 4.5 ? '#ffffff' : dark;
}

/** As custom properties, by the object model: a strict CSP has no inline style. */
export function applyTheme(
  root: HTMLElement,
  { defaultTheme, theme }: Theme,
  wished: 'light' | 'dark' | undefined,
): void {
  const chosen = wished ?? (defaultTheme === 'system' ? undefined : defaultTheme);
  if (chosen === undefined) delete root.dataset['theme'];
  else root.dataset['theme'] = chosen;
  for (const name of ['light', 'dark'] as const) {
    const colour = parseColour(theme[name].primary);
    if (!colour) continue;
    root.style.setProperty(`--accent-${name}`, `rgb(${colour.join(' ')})`);
    root.style.setProperty(`--on-accent-${name}`, textOn(colour));
  }
}
