import { expect, it } from 'vitest';
import { baseString, signBase, signOAuth1 } from './sign-oauth1.ts';

// The example of RFC 5849 section 1.2, whose requests carry no oauth_version.
const client = { oauth_consumer_key: 'dpf43f3p2l4k3l03', oauth_signature_method: 'HMAC-SHA1' };
const signatureOf = (
  { method, url, form }: { method: string; url: string; form?: string },
  oauth: Record<string, string>,
  tokenSecret = '',
) =>
  signBase(baseString({ method, url, form }, Object.entries({ ...client, ...oauth })), {
    signatureMethod: 'HMAC-SHA1',
    clientSecret: 'kd94hf93k423kf44',
    tokenSecret,
  });

it('signs the request for token credentials as RFC 5849 does', () => {
  const oauth = {
    oauth_token: 'hh5s93j4hdidpola',
    oauth_timestamp: '137131201',
    oauth_nonce: 'walatlh',
    oauth_verifier: 'hfdp7dh39dks9884',
  };
  const signature = signatureOf({ method: 'POST', url: 'https://photos.example.net/token' }, oauth, 'hdhd0244k9j7ao03');
  expect(signature).toBe('gKgrFCywp7rO0OXSjdot/IHF7IU=');
});

it('signs a request with a query as RFC 5849 does', () => {
  const oauth = { oauth_token: 'nnch734d00sl2jdk', oauth_timestamp: '137131202', oauth_nonce: 'chapoH' };
  const url = 'http://photos.example.net/photos?file=vacation.jpg&size=original';
  expect(signatureOf({ method: 'GET', url }, oauth, 'pfkkdhi9sl3r4s00')).toBe('MdpQcU8iPSUjWoN/UDMsK2sui9I=');
});

it('makes the base string of RFC 5849 section 3.4.1.1, form and repeated names included', () => {
  const text = baseString(
    { method: 'post', url: 'http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b', form: 'c2&a3=2+q' },
    Object.entries({
      oauth_consumer_key: '9djdj82h48djs9d2',
      oauth_token: 'kkk9d7dh3k39sjv7',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131201',
      oauth_nonce: '7d8f3e4a',
    }),
  );
  expect(text).toBe(
    'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26' +
      'oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26' +
      'oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
  );
});

it('sends the callback with the signature, and no token before there is one', () => {
  const header = signOAuth1({
    method: 'POST',
    url: 'https://photos.example.net/initiate',
    clientId: 'id',
    clientSecret: 'secret',
    token: undefined,
    tokenSecret: '',
    signatureMethod: 'PLAINTEXT',
    oauth: { oauth_callback: 'https://app.example/cb?state=s' },
  });
  expect(header).toContain('oauth_callback="https%3A%2F%2Fapp.example%2Fcb%3Fstate%3Ds"');
  expect(header).toContain('oauth_signature="secret%26"');
  expect(header).not.toContain('oauth_token=');
});
