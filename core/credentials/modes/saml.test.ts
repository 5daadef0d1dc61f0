import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import { parseXml } from '../xml.ts';
import { signSaml } from './saml.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const assertion = Buffer.from(
  signSaml({
    key: privateKey,
    lifeSeconds: 600,
    now: new Date('2026-11-20T12:00:00Z'),
    issuer: 'acme & co',
    audiences: ['www.successfactors.com', 'other'],
    attributes: { api_key: 'k<1>' },
    sessionIndex: 's1',
    nameIdentifier: 'admin',
    recipient: 'https://api.example/oauth/token?a=1&b=2',
  }),
  'base64',
).toString();

it('digests the assertion without its signature, and signs that digest', () => {
  const [signature = ''] = /<ds:Signature .*<\/ds:Signature>/.exec(assertion) ?? [];
  const [, digest] = /<ds:DigestValue>(.*)<\/ds:DigestValue>/.exec(signature) ?? [];
  expect(digest).toBe(createHash('sha256').update(assertion.replace(signature, '')).digest('base64'));
  const [info = ''] = /<ds:SignedInfo>.*<\/ds:SignedInfo>/.exec(signature) ?? [];
  const canonical = info.replace('<ds:SignedInfo>', '<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">');
  const [, value = ''] = /<ds:SignatureValue>(.*)<\/ds:SignatureValue>/.exec(signature) ?? [];
  expect(verify('sha256', Buffer.from(canonical), publicKey, Buffer.from(value, 'base64'))).toBe(true);
  const [, id] = / ID="([^"]+)"/.exec(assertion) ?? [];
  expect(info).toContain(`URI="#${id}"`);
});

it('says who, for whom, until when, in canonical form', () => {
  expect(parseXml(assertion)).toMatchObject({
    Assertion: {
      Issuer: 'acme & co',
      Subject: { NameID: 'admin' },
      Conditions: { AudienceRestriction: { Audience: ['www.successfactors.com', 'other'] } },
      AttributeStatement: { Attribute: { AttributeValue: 'k<1>' } },
    },
  });
  expect(assertion).toContain('NotBefore="2026-11-20T11:59:00.000Z" NotOnOrAfter="2026-11-20T12:10:00.000Z"');
  expect(assertion).toContain('Recipient="https://api.example/oauth/token?a=1&amp;b=2"');
  expect(assertion).not.toMatch(/\/>|>\s|\s</);
});
