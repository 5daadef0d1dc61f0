import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRedactor } from './redact.ts';

const byName = createRedactor();

it.each([
  'Authorization',
  'cookie',
  'Set-Cookie',
  'X-Api-Key',
  'x-auth-token',
  'access_token',
  'client_secret',
  'password',
  'privateKey',
])('hides the value of %s', (name) => {
  expect(byName.value({ headers: { [name]: 'abc' } })).toEqual({ headers: { [name]: '[secret]' } });
});

it.each(['accept', 'content-type', 'next_page_token', 'status', 'code', 'state', 'x-ratelimit-remaining'])(
  'leaves %s',
  (name) => {
    expect(byName.value({ [name]: 'abc' })).toEqual({ [name]: 'abc' });
  },
);

it('hides parameters of URLs and bearer tokens inside of texts', () => {
  expect(byName.text('GET https://a.test/x?limit=5&access_token=abc&code=1 failed')).toBe(
    'GET https://a.test/x?limit=5&access_token=[secret]&code=[secret] failed',
  );
  expect(byName.text('sent Bearer abcdefgh.ijkl to it')).toBe('sent Bearer [secret] to it');
});

it('hides every spelling of a known secret, wherever it stands', () => {
  const spell = fc.constantFrom<(secret: string) => string>(
    (secret) => secret,
    encodeURIComponent,
    (secret) => Buffer.from(secret).toString('base64'),
    (secret) => Buffer.from(secret).toString('base64url'),
    (secret) => JSON.stringify(secret),
  );
  fc.assert(
    fc.property(
      fc.string({ minLength: 6, unit: 'binary' }),
      spell,
      fc.string(),
      fc.string(),
      (secret, spelling, before, after) => {
        fc.pre(secret.isWellFormed() && !'[secret]'.includes(secret));
        const text = before + spelling(secret) + after;
        const shown = createRedactor([secret]).value({ text, list: [text] });
        expect(JSON.stringify(shown)).not.toContain(spelling(secret));
      },
    ),
  );
});

it('does not leave half a secret where it cuts a long text', () => {
  const secret = randomBytes(30).toString('hex');
  const text = 'x'.repeat(100_000 - 20) + secret;
  expect(createRedactor([secret]).text(text)).not.toContain(secret.slice(0, 12));
});

it('survives cycles, errors and bytes', () => {
  const cycle: Record<string, unknown> = { error: new Error('no'), bytes: Buffer.from('abc') };
  cycle['self'] = cycle;
  expect(JSON.stringify(byName.value(cycle))).toContain('[too deep]');
  expect(byName.value(cycle)).toMatchObject({ error: { message: 'no' }, bytes: '[3 bytes]' });
});

it('takes known secrets alone out of what a script throws, however deep', () => {
  const { known } = createRedactor(['tok_12345678']);
  const thrown = { message: 'tok_12345678 is over', payload: { token: 'none', list: ['x tok_12345678', 7, null] } };
  expect(known(thrown)).toEqual({
    message: '[secret] is over',
    payload: { token: 'none', list: ['x [secret]', 7, null] },
  });
});

it('takes a secret with quotes or line breaks out of JSON that stands in JSON', () => {
  const key = 'begin "key"\nend';
  const said = JSON.stringify({ inner: JSON.stringify({ key }) });
  expect(createRedactor([key]).text(`said ${said}`)).toBe('said {"inner":"{\\"key\\":\\"[secret]\\"}"}');
});
