import { expect, it } from 'vitest';
import { usernameToken } from './signature.ts';

it('makes the digest of the UsernameToken profile: base64 of SHA-1 over nonce, time and password', () => {
  const token = usernameToken({
    username: 'user',
    password: 'userpassword',
    nonce: Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64'),
    now: new Date('2010-09-16T07:50:45.300Z'),
    digest: undefined,
  });
  expect(token).toBe(
    'UsernameToken Username="user", PasswordDigest="tuOSpGlFlIXsozq4HFNeeGeFLEI=", ' +
      'Nonce="LKqI6G/AikKCQrN0zqZFlg==", Created="2010-09-16T07:50:45Z"',
  );
});

it('makes the digest of APIs that hash and encode hexadecimal text', () => {
  const token = usernameToken({
    username: 'a "b"',
    password: 'taadtaadpstcsm',
    nonce: Buffer.from('d36e316282959a9ed4c89851497a717f', 'hex'),
    now: new Date('2003-12-15T14:43:07Z'),
    digest: 'hex',
  });
  // The digest itself is that of the WSSE articles: quR/EWLAV4xLf9Zqyw4pDmfV9OY=
  const digest = Buffer.from(Buffer.from('quR/EWLAV4xLf9Zqyw4pDmfV9OY=', 'base64').toString('hex')).toString('base64');
  expect(token).toBe(
    `UsernameToken Username="a \\"b\\"", PasswordDigest="${digest}", ` +
      'Nonce="d36e316282959a9ed4c89851497a717f", Created="2003-12-15T14:43:07Z"',
  );
});
