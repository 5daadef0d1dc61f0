// Sixty ways to write a URL so that a careless check takes it for one of its own; and whatever chance makes of them.

const evil = 'attacker.example';

const shapes = [
  'http://E',
  'https://E/',
  '//E',
  '///E',
  '////E',
  '/\\E',
  '\\\\E',
  '\\/E',
  '/\t/E',
  '/\n/E',
  '/\r/E',
  'https:E',
  'http:E',
  'https:/E',
  'https:\\E',
  'https:\\\\E',
  'https:///E',
  'HTTPS://E',
  'ht\ttps://E',
  ' https://E',
  '\u00a0https://E',
  'https://O@E',
  'https://O:80@E/',
  'https://O%40E',
  'https://E#O',
  'https://E?O',
  'https://E/O',
  'https://E\\O',
  'https://E\\.O',
  'https://E;O',
  'https://E,O',
  'https://E%00.O',
  'https://E%2f.O',
  'https://E%23.O',
  'https://E%5c.O',
  'https://O.E',
  'https://O-E',
  'https://OE',
  'https://E.',
  'https://E:80',
  'https://E:443/',
  'https://E%2eO',
  'https://ａttacker.example',
  'https://attacker。example',
  'https://xn--ttacker-9fg.example',
  'https://[::ffff:203.0.113.7]',
  'https://3405803783',
  'https://0xcb007107',
  'https://0313.0.0161.07',
  'javascript:location="https://E"',
  'JaVaScRiPt://E/%0aalert(1)',
  'data:text/html,<meta http-equiv=refresh content="0;url=https://E">',
  'vbscript:E',
  'blob:https://E/x',
  'file://E/etc/passwd',
  '/redirect?to=https://E',
  '/./\\E',
  '/..//E',
  '%2f%2fE',
  '.E',
];

export const redirectCorpus: readonly string[] = shapes.map((shape) =>
  shape.replaceAll('E', evil).replaceAll('O', '127.0.0.1'),
);

/** What parsers disagree on. */
const oddities = [
  '\t',
  '\n',
  '\r',
  '\\',
  '/',
  '//',
  '@',
  '#',
  '?',
  ':',
  ';',
  '.',
  '。',
  '%00',
  '%0d%0a',
  '%2f',
  '%5c',
  ' ',
  '\u200b',
];

const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)]!;

/** One to three oddities in it, and at times another case or one more layer of percent signs. */
export function mangle(text: string, random: () => number): string {
  let result = text;
  for (let left = 1 + Math.floor(random() * 3); left > 0; left--) {
    const at = Math.floor(random() * (result.length + 1));
    result = result.slice(0, at) + pick(oddities, random) + result.slice(at);
  }
  if (random() < 0.1) result = result.toUpperCase();
  return random() < 0.1 ? encodeURIComponent(result) : result;
}

export const mangledRedirects = (count: number, random: () => number): string[] =>
  Array.from({ length: count }, () => mangle(pick(redirectCorpus, random), random));
