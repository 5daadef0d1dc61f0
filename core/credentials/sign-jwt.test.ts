import { createHmac, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type JwtAlgorithm, jwtAlgorithms, signJwt } from './sign-jwt.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const curves = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' } as const;
const payload = { iss: 'acme', list: ['a', 'b'] };

const parts = (token: string) => {
  const [head = '', body = '', signature = ''] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return {
    header: read(head),
    payload: read(body),
    text: Buffer.from(`${head}.${body}`),
    signature: Buffer.from(signature, 'base64url'),
  };
};

it('signs as RFC 7515 appendix A.1 does', () => {
  // The RFC's header and payload have line breaks that JSON.stringify does not make, so its key is used over our own text.
  const key = Buffer.from(
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    'base64url',
  );
  const { header, text, signature } = parts(signJwt({ algorithm: 'HS256', key, payload, header: { kid: 'k' } }));
  expect(header).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'k' });
  expect(signature).toEqual(createHmac('sha256', key).update(text).digest());
});

describe.each(jwtAlgorithms.filter((name) => !name.startsWith('HS')))('%s', (algorithm) => {
  const { privateKey, publicKey } = algorithm.startsWith('ES')
    ? generateKeyPairSync('ec', { namedCurve: curves[algorithm as keyof typeof curves] })
    : rsa;

  it('is verified by the public key', () => {
    const { text, signature, payload: read } = parts(signJwt({ algorithm, key: privateKey, payload }));
    const options = algorithm.startsWith('ES')
      ? ({ dsaEncoding: 'ieee-p1363' } as const)
      : algorithm.startsWith('PS')
        ? { padding: 6, saltLength: Number(algorithm.slice(2)) / 8 }
        : {};
    expect(verify(`sha${algorithm.slice(2)}`, text, { key: publicKey, ...options }, signature)).toBe(true);
    expect(read).toEqual(payload);
  });
});

it('never signs with a key of another kind', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  const wrong: [JwtAlgorithm, Parameters<typeof signJwt>[0]['key']][] = [
    ['RS256', ec],
    ['ES256', rsa.privateKey],
    ['ES384', ec],
    ['HS256', rsa.privateKey],
    ['RS256', Buffer.from('secret')],
    ['HS256', Buffer.alloc(0)],
  ];
  for (const [algorithm, key] of wrong) {
    expect(() => signJwt({ algorithm, key, payload }), algorithm).toThrow(
      expect.objectContaining({ code: 'invalid_certificate_or_key_format' }),
    );
  }
});
