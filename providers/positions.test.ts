// Where variables stand in URL templates, as entries and overlays write them.
import { expect, it } from 'vitest';
import { urlAlternatives } from './positions.ts';

const seen = (template: string, declared = {}) =>
  urlAlternatives(template, declared).map(({ variables, hostSuffix }) => [
    ...variables.map(({ name, position }) => `${name.replace('connectionConfig.', '')}=${position}`),
    hostSuffix,
  ]);

it.each([
  ['https://${connectionConfig.shop}.example.com/v1', ['shop=host-label', '.example.com']],
  ['https://api-${connectionConfig.region}.example.com', ['region=host-label', '.example.com']],
  ['https://${connectionConfig.a}.${connectionConfig.b}.example.com', ['a=host-label', 'b=host-label', '.example.com']],
  ['https://start.example.${connectionConfig.ending}', ['ending=host-label', '']],
  ['https://${connectionConfig.host}/api', ['host=host', '']],
  ['https://${connectionConfig.host}', ['host=host-path', '']],
  ['https://${connectionConfig.host}:${connectionConfig.port}/x', ['host=host', 'port=port', '']],
  ['https://api.example.com:${connectionConfig.port}', ['port=port', 'api.example.com']],
  ['https://api.example.com/t/${connectionConfig.tenant}/x', ['tenant=path-segment', 'api.example.com']],
  ['https://api.example.com/${now:YYYY/MM:X}', ['now:YYYY/MM:X=path-segment', 'api.example.com']],
  ['https://${connectionConfig.shop}.example.com:8443/x', ['shop=host-label', '.example.com']],
  ['https://api.example.com?t=${connectionConfig.tenant}', ['tenant=path-segment', 'api.example.com']],
  ['${connectionConfig.base_url}/v1/${metadata.id}', ['base_url=origin', 'metadata.id=path-segment', '']],
])('reads %s', (template, expected) => {
  expect(seen(template)).toEqual([expected]);
});

it('reads each alternative by itself', () => {
  expect(seen('https://api.${connectionConfig.region}.example.com || https://api.example.com')).toEqual([
    ['region=host-label', '.example.com'],
    ['api.example.com'],
  ]);
});

it('believes a declared position, by short or full name', () => {
  expect(seen('https://x.${connectionConfig.ending}', { ending: 'host' })).toEqual([['ending=host', '']]);
  expect(seen('https://${metadata.h}', { 'metadata.h': 'host' })).toEqual([['metadata.h=host', '']]);
});

it('takes no position from the prototype', () => {
  expect(seen('https://${connectionConfig.constructor}.example.com')).toEqual([
    ['constructor=host-label', '.example.com'],
  ]);
});
