import { expect, it } from 'vitest';
import { findDeclaredEndpoint } from './declared-endpoint.ts';

const declared = (type: 'sync' | 'action', name: string, endpoints: [string, string][], models: string[] = []) => ({
  function: { type, name, enabled: true },
  version: { definition: { models, endpoints: endpoints.map(([method, path]) => ({ method, path })) } },
});

const deployed = [
  declared('action', 'create-contact', [['POST', '/contacts']]),
  declared(
    'sync',
    'people',
    [
      ['GET', '/contacts'],
      ['GET', 'companies'],
    ],
    ['Contact', 'Company'],
  ),
];

it('finds the action of a method and path', () => {
  expect(findDeclaredEndpoint(deployed, 'POST', '/contacts')).toEqual({ kind: 'action', name: 'create-contact' });
});

it('finds the model that stands where its endpoint stands, also when the path was declared without a slash', () => {
  expect(findDeclaredEndpoint(deployed, 'GET', '/contacts')).toEqual({ kind: 'model', model: 'Contact' });
  expect(findDeclaredEndpoint(deployed, 'GET', '/companies')).toEqual({ kind: 'model', model: 'Company' });
});

it.each([
  ['DELETE', '/contacts'],
  ['GET', '/contacts/1'],
  ['GET', '/'],
])('finds nothing for %s %s', (method, path) => {
  expect(findDeclaredEndpoint(deployed, method, path)).toBeUndefined();
});
