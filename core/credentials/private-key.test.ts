import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { createMtlsServer } from '../../simulator/index.ts';
import { checkKeyPair, normalPrivateKey, readPrivateKey, toPem } from './private-key.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const invalid = expect.objectContaining({ code: 'invalid_certificate_or_key_format' });

const pems = [
  ['RSA, PKCS#1', rsa, rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })],
  ['RSA, PKCS#8', rsa, rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })],
  ['EC, SEC1', ec, ec.privateKey.export({ type: 'sec1', format: 'pem' })],
  ['EC, PKCS#8', ec, ec.privateKey.export({ type: 'pkcs8', format: 'pem' })],
] as const;

it.each(pems)('reads a key however it was pasted: %s', (_name, pair, text) => {
  const pem = text.toString();
  const spellings = [
    pem,
    pem.replaceAll('\n', ' '),
    pem.replaceAll('\n', ''),
    pem.replaceAll('\n', '\\n'),
    pem.replaceAll('\n', '\r\n'),
    `  ${pem}\n\n`,
    pem.replace(/-----[^-]+-----/g, ''),
  ];
  for (const spelling of spellings) {
    expect(createPublicKey(readPrivateKey(spelling)).equals(pair.publicKey), spelling).toBe(true);
    expect(normalPrivateKey(spelling)).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  }
});

it('says of anything else that it is no key, without repeating it', () => {
  const locked = rsa.privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();
  for (const text of ['', 'hunter2', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', locked]) {
    expect(() => readPrivateKey(text)).toThrow(invalid);
    expect(() => readPrivateKey(text)).not.toThrow(/hunter2|AAAA/);
  }
});

it('keeps a text that is no base64 as it is', () => {
  expect(toPem('not base64!', 'PRIVATE KEY')).toBe('not base64!');
});

it('takes a certificate with its own key only, chains and one line included', () => {
  const server = createMtlsServer();
  const [one, two] = [server.issueClient('one'), server.issueClient('two')];
  const chain = `${one.certificate}${server.authority}`;
  const pair = checkKeyPair({ certificate: chain.replaceAll('\n', ' '), privateKey: one.privateKey });
  expect(pair.certificate).toBe(chain);
  expect(() => checkKeyPair({ certificate: one.certificate, privateKey: two.privateKey })).toThrow(invalid);
  expect(() => checkKeyPair({ certificate: 'none', privateKey: one.privateKey })).toThrow(invalid);
  expect(() => checkKeyPair({ certificate: undefined, privateKey: one.privateKey })).toThrow(invalid);
});
