import { expect, it } from 'vitest';
import type { Integration, Session } from './server.ts';
import { findIntegrations, initialState, ownerOf } from './state.ts';

const named = (display_name: string, unique_key = display_name) =>
  ({ display_name, unique_key, provider: unique_key }) as Integration;

it('finds a service by what somebody types, the likeliest first', () => {
  const all = [
    named('Acme GitHub mirror'),
    named('GitHub'),
    named('HubSpot'),
    named('Café', 'cafe-eu'),
    named('Work', 'git'),
  ];
  const names = (query: string) => findIntegrations(all, query).map(({ display_name }) => display_name);
  expect(names('git')).toEqual(['GitHub', 'Acme GitHub mirror', 'Work']);
  expect(names('hub spot')).toEqual(['HubSpot']);
  expect(names('CAFE')).toEqual(['Café']);
  expect(names('')).toEqual(['Acme GitHub mirror', 'Café', 'GitHub', 'HubSpot', 'Work']);
  expect(names('zzz')).toEqual([]);
});

it('names whose account it will be: the organization, else the person', () => {
  const owner = (endUser: Session['endUser']) => ownerOf({ ...initialState, session: { endUser } as Session });
  const person = { email: 'a@b.example', display_name: 'Alice', organization: { display_name: 'Acme' } };
  expect(owner(person)).toBe('Acme');
  expect(owner({ ...person, organization: null })).toBe('Alice');
  expect(owner({ ...person, organization: { display_name: null }, display_name: null })).toBe('a@b.example');
  expect(owner(null)).toBeUndefined();
});
