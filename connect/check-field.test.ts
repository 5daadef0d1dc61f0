import { describe, expect, it } from 'vitest';
import { findFault, findFaults, renderValues, shownFields } from './check-field.ts';
import type { Field } from './server.ts';

const field = (more: Partial<Field>): Field => ({
  name: 'x',
  place: 'body',
  required: true,
  secret: false,
  multiline: false,
  ...more,
});

it.each<[Partial<Field>, string, string | undefined]>([
  [{}, '', 'missing'],
  [{ required: false }, '', undefined],
  [{ pattern: '^sim-' }, 'other', 'pattern'],
  [{ pattern: '^sim-' }, 'sim-1', undefined],
  [{ format: 'hostname' }, 'https://a', 'hostname'],
  [{ format: 'hostname' }, 'a.example:81', undefined],
  [{ format: 'uuid' }, 'abc', 'uuid'],
  [{ format: 'uuid' }, '6F1C6B2E-0000-4000-8000-000000000000', undefined],
  [{ format: 'email' }, 'a@b', 'email'],
  [{ format: 'email' }, 'a@b.example', undefined],
  [{ format: 'uri' }, 'a.example', 'uri'],
  [{ format: 'uri' }, 'https://a.example', undefined],
])('%j with %j: %s', (more, value, fault) => {
  expect(findFault(field(more), value)).toBe(fault);
});

describe('a form', () => {
  const fields = [
    field({ name: 'region', place: 'params', value: 'us' }),
    field({ name: 'host', place: 'params', required: false, visible_when: { field: 'region', equals: 'own' } }),
    field({ name: 'apiKey' }),
    field({ name: 'key', place: 'assertionOption' }),
  ];

  it('shows a field that depends on another only while that has its value', () => {
    expect(shownFields(fields, {}).map(({ name }) => name)).toEqual(['region', 'apiKey', 'key']);
    expect(shownFields(fields, { 'params-region': 'own' }).map(({ name }) => name)).toContain('host');
  });

  it('counts what was filled in beforehand as entered', () => {
    expect([...findFaults(fields, {}).keys()]).toEqual(['body-apiKey', 'assertionOption-key']);
  });

  it('is sent with each value at its place, and without what nobody sees or entered', () => {
    const typed = { 'body-apiKey': 'k', 'assertionOption-key': 'pem', 'params-host': 'left over' };
    const { query, body } = renderValues({ fields, constants: { type: 'JWT' } }, typed);
    expect([...query]).toEqual([['params[region]', 'us']]);
    expect(body).toEqual({ type: 'JWT', apiKey: 'k', assertionOption: { key: 'pem' } });
    expect(renderValues({ fields: [], constants: {} }, {}).body).toEqual({});
  });
});
