// The placeholder grammar: nesting, unknown names, text that only looks like one.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isKnownPlaceholder, outermostPlaceholders, placeholderNames } from './placeholders.ts';

it('finds nested placeholders from the outside in', () => {
  expect(placeholderNames('Basic ${base64(${connectionConfig.id}:${credentials.token})}')).toEqual([
    'base64(${connectionConfig.id}:${credentials.token})',
    'connectionConfig.id',
    'credentials.token',
  ]);
});

it('reads an unclosed brace and a bare dollar as text', () => {
  expect(outermostPlaceholders('$top=${connectionConfig.x')).toEqual([]);
});

it('gives ranges that cut the text exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('${apiKey}', '${base64(${a}:${b})}', '}', '$', '{', 'x', '${')), (parts) => {
      const text = parts.join('');
      for (const { name, start, end } of outermostPlaceholders(text))
        expect(text.slice(start, end)).toBe(`\${${name}}`);
    }),
  );
});

it.each([
  'apiKey',
  'connectionConfig.team.id',
  'credentials._cookies',
  'step2.data.key',
  'now',
  'now:YYYY-MM-DD',
  'now+7:days:YYYY-MM-DD',
  'now-1:hour:X',
  'awsSigV4(a, b, c, d)',
  'metadata.region',
])('knows ${%s}', (name) => {
  expect(isKnownPlaceholder(name)).toBe(true);
});

it.each(['apikey', 'access_token', 'connectionConfig', 'connection.x', 'step0.x', 'md5(x)', 'now+x:days:X', ''])(
  'does not know ${%s}',
  (name) => {
    expect(isKnownPlaceholder(name)).toBe(false);
  },
);
