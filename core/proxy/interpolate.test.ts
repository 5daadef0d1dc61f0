import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUtc } from './date-format.ts';
import { interpolate, interpolateFirst } from './interpolate.ts';

const now = new Date('2026-03-05T07:08:09.045Z');
const values = {
  connectionConfig: { region: 'eu', team: { id: 't1' }, 'flat.id': 'f1', port: 8080, on: true, empty: '' },
  credentials: { user: 'u', nested: { a: 'b' } },
  apiKey: 'key',
  accessToken: '${clientSecret}',
  clientSecret: 'shh',
};
const fill = (template: string) => interpolate(template, { values, now });

describe('placeholders', () => {
  it.each([
    ['Token ${apiKey}', 'Token key'],
    ['${connectionConfig.team.id}', 't1'],
    ['${connectionConfig.flat.id}', 'f1'],
    ['${connectionConfig.port}', '8080'],
    ['${credentials.nested.a}', 'b'],
    ['${connectionConfig.empty}', ''],
    ['no placeholder $x {y}', 'no placeholder $x {y}'],
  ])('fills %s', (template, text) => {
    expect(fill(template)).toEqual({ text, unresolved: [] });
  });

  it('reports what it cannot resolve and leaves it as written', () => {
    expect(fill('a ${nope} b ${connectionConfig.on} ${constructor.name} ${connectionConfig.__proto__}')).toEqual({
      text: 'a ${nope} b ${connectionConfig.on} ${constructor.name} ${connectionConfig.__proto__}',
      unresolved: ['nope', 'connectionConfig.on', 'constructor.name', 'connectionConfig.__proto__'],
    });
  });

  it('does not look into a value for more placeholders', () => {
    expect(fill('Bearer ${accessToken}').text).toBe('Bearer ${clientSecret}');
  });

  it('never throws and never resolves twice, whatever the value is', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(interpolate('<${v}>', { values: { v: value, secret: 's' }, now }).text).toBe(`<${value}>`);
      }),
    );
  });

  it('takes the first alternative that resolves', () => {
    const first = (template: string) => interpolateFirst(template, { values, now }).text;
    expect(first('${nope} || ${apiKey}')).toBe('key');
    expect(first('${apiKey} || b')).toBe('key');
    expect(first('${nope} || ${nada}')).toBe('${nada}');
  });
});

describe('functions', () => {
  it('nests them', () => {
    expect(fill('Basic ${base64(${credentials.user}:${apiKey})}').text).toBe(`Basic ${btoa('u:key')}`);
    expect(fill('${base64(${sha256Hex(x)})}').text).toBe(btoa(createHash('sha256').update('x').digest('hex')));
    expect(fill('${sha256Base64(${apiKey})}').text).toBe(createHash('sha256').update('key').digest('base64'));
  });

  it('splits at the last comma of the template, not of the values', () => {
    const scope = { values: { message: 'a,b', key: 'k,1' }, now };
    const expected = createHmac('sha1', 'k,1').update('x,a,b').digest('hex');
    expect(interpolate('${hmacSha1Hex(x,${message}, ${key})}', scope).text).toBe(expected);
  });

  it('stays unresolved as a whole when an argument does', () => {
    expect(fill('${base64(${nope}:${apiKey})}')).toMatchObject({ text: '${base64(${nope}:${apiKey})}' });
    expect(fill('${base64(${nope})}').unresolved).toContain('nope');
  });

  it('fingerprints a key alike from its private and its public half, and does not quote a bad one', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pems = [
      publicKey.export({ type: 'spki', format: 'pem' }),
      privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ];
    const prints = pems.map((pem) => interpolate('${fingerprint(${pem})}', { values: { pem }, now }).text);
    expect(prints[0]).toMatch(/^SHA256:[A-Za-z0-9+/]{43}=$/);
    expect(prints[1]).toBe(prints[0]);
    expect(() => interpolate('${fingerprint(${pem})}', { values: { pem: 'not-a-key' }, now })).toThrow(
      expect.objectContaining({
        code: 'invalid_certificate_or_key_format',
        message: expect.not.stringContaining('not-a-key'),
      }),
    );
  });
});

describe('now', () => {
  it.each([
    ['now', '2026-03-05T07:08:09.045Z'],
    ['now:YYYY-MM-DD', '2026-03-05'],
    ['now:X', '1772694489'],
    ['now:x', '1772694489045'],
    ['now:YYYYMMDD[T]HHmmss[Z]', '20260305T070809Z'],
    ['now+7:days:YYYY-MM-DD', '2026-03-12'],
    ['now-1:hour:HH:mm', '06:08'],
    ['now+1:month:MMM D', 'Apr 5'],
    ['now+30:seconds', '2026-03-05T07:08:39.045Z'],
  ])('writes ${%s}', (name, text) => {
    expect(fill(`\${${name}}`).text).toBe(text);
  });

  it('knows the tokens of dates', () => {
    expect(formatUtc(now, 'dddd, D MMMM YY h:m:s A SSS Z ZZ [YYYY]')).toBe(
      'Thursday, 5 March 26 7:8:9 AM 045 +00:00 +0000 YYYY',
    );
  });
});
