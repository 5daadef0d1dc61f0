import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createScrubber } from './scrub-recording.ts';

const secret = fc.stringMatching(/^[A-Za-z0-9+/=_-]{16,40}$/);

it('leaves no known secret anywhere, whatever surrounds it, and gives each one stand-in', () => {
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (token, before, after) => {
      fc.pre(!`${before}${after}redacted-1`.includes(token));
      const scrubber = createScrubber({ secrets: [token], emails: false });
      const clean = scrubber.value({
        a: `${before}${token}${after}`,
        b: [token],
        url: `/x?key=${encodeURIComponent(token)}`,
      });
      expect(JSON.stringify(clean)).not.toContain(token);
      expect(clean.b[0]).toBe('redacted-1');
      expect(clean.url).toBe('/x?key=redacted-1');
    }),
  );
});

it('finds secrets by their names, in bodies and in URLs, and follows them into the next request', () => {
  const scrubber = createScrubber({ secrets: [], emails: false });
  const answer = {
    upload_token: 'tok-1234567890abcdef',
    next_page_token: 'page-2',
    password_state: 'active',
    links: { file: 'https://files.example.com/a?signature=s1gn4ture99&size=2' },
  };
  scrubber.learn(answer);
  expect(scrubber.value(answer)).toEqual({
    upload_token: 'redacted-1',
    next_page_token: 'page-2',
    password_state: 'active',
    links: { file: 'https://files.example.com/a?signature=redacted-2&size=2' },
  });
  expect(scrubber.text('/uploads/tok-1234567890abcdef/parts')).toBe('/uploads/redacted-1/parts');
  expect(scrubber.text('s1gn4ture99')).toBe('redacted-2');
});

it('replaces e-mail addresses only where that is wanted, one person for each', () => {
  const text = 'Ada <ada@example.org>, ADA@example.org and bob+x@mail.example.co.uk';
  expect(createScrubber({ secrets: [], emails: false }).text(text)).toBe(text);
  expect(createScrubber({ secrets: [], emails: true }).text(text)).toBe(
    'Ada <person-1@example.com>, person-1@example.com and person-2@example.com',
  );
});
