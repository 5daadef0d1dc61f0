import { expect, it } from 'vitest';
import type { Provider } from '../../../providers/schema.ts';
import { checkIssuer, expectedIssuer } from './issuer.ts';

const scope = { values: { connectionConfig: { region: 'eu' } }, now: new Date() };
const endpoints = ['https://login.acme.example/authorize?x=1', 'https://api.acme.example/token'];
const expected = (entry: Partial<Provider> = {}) => expectedIssuer(entry as Provider, scope, endpoints);
const refused = expect.objectContaining({ code: 'callback_err', status: 400 });

it('takes an answer of the server that was asked', () => {
  for (const iss of [
    'https://login.acme.example',
    'https://login.acme.example/tenant/v2.0',
    'https://api.acme.example',
  ])
    expect(() => checkIssuer(expected(), iss)).not.toThrow();
});

it.each([
  'https://attacker.example',
  'https://login.acme.example.attacker.example',
  'https://login.acme.example@attacker.example',
  'http://login.acme.example',
  'https://login.acme.example:8443',
  'login.acme.example',
  '',
])('refuses one of %s', (iss) => {
  expect(() => checkIssuer(expected(), iss)).toThrow(refused);
});

it('compares exactly where the entry names the issuer', () => {
  const known = expected({ issuer: 'https://${connectionConfig.region}.acme.example/oauth' });
  expect(() => checkIssuer(known, 'https://eu.acme.example/oauth')).not.toThrow();
  for (const iss of ['https://eu.acme.example/oauth/', 'https://EU.acme.example/oauth', 'https://login.acme.example'])
    expect(() => checkIssuer(known, iss)).toThrow(refused);
});

it('misses it only where the server promises it', () => {
  expect(() => checkIssuer(expected(), undefined)).not.toThrow();
  const promised = expected({ authorization_response_iss_parameter_supported: true });
  expect(() => checkIssuer(promised, undefined)).toThrow(refused);
});
