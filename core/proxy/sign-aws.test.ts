import { expect, it } from 'vitest';
import { signAws } from './sign-aws.ts';

// The signer and requests of the AWS Signature Version 4 test suite, and of the example in the IAM documentation.
const signer = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 'service',
};
const now = new Date('2015-08-30T12:36:00Z');
const host = 'https://example.amazonaws.com';
const signatureOf = ({ authorization = '' }: Record<string, string>) => /Signature=(\w+)$/.exec(authorization)?.[1];
const form = { 'content-type': 'application/x-www-form-urlencoded' };

it.each([
  ['get-vanilla', 'GET', '/', {}, null, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    '/?Param2=value2&Param1=value1',
    {},
    null,
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  ['post-vanilla', 'POST', '/', {}, null, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-x-www-form-urlencoded',
    'POST',
    '/',
    form,
    'Param1=value1',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
] as const)('signs %s of the test suite', (_name, method, path, headers, body, signature) => {
  expect(signatureOf(signAws({ method, url: host + path, headers, body, now }, signer))).toBe(signature);
});

it("signs the documentation's ListUsers, with its content type among the headers", () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', accept: 'text/xml' };
  const url = 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08';
  const signed = signAws({ method: 'GET', url, headers, body: null, now }, { ...signer, service: 'iam' });
  expect(signed['authorization']).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
      'SignedHeaders=content-type;host;x-amz-date, ' +
      'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
  expect(signed).toMatchObject({ ...headers, 'x-amz-date': '20150830T123600Z' });
});

it('sends the token of temporary keys, and for S3 the hash of the body; an older authorization is replaced', () => {
  const temporary = { ...signer, service: 's3', sessionToken: 'a token' };
  const request = {
    method: 'PUT',
    url: `${host}/a%20b/c%2Bd`,
    headers: { authorization: 'Bearer x' },
    body: 'text',
    now,
  };
  const signed = signAws(request, temporary);
  expect(signed).toMatchObject({
    'x-amz-security-token': 'a token',
    'x-amz-content-sha256': '982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1',
    authorization: expect.stringContaining('SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,'),
  });
});
