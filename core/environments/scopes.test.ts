import { expect, it } from 'vitest';
import { assertWithin, fullScope, grants } from './scopes.ts';

it.each([
  [['environment:connections:read'], 'environment:connections:read', true],
  [['environment:connections:*'], 'environment:connections:read', true],
  [['environment:*'], 'environment:syncs:variant:create', true],
  [['environment:connections:read'], 'environment:connections:read_credentials', false],
  [['environment:*'], 'account:environments:list', false],
  [['account:*'], 'environment:proxy', false],
  [['environment:conn*'], 'environment:connections:read', false],
  [['environment:proxy'], 'environment:proxy:override', false],
  [['*'], 'environment:proxy', false],
  [[], 'environment:proxy', false],
] as const)('%j and %s: %s', (granted, required, expected) => {
  expect(grants(granted, required)).toBe(expected);
});

it('takes names as the reference writes them', () => {
  expect(fullScope('syncs:read')).toBe('environment:syncs:read');
  expect(fullScope('account:environments:list')).toBe('account:environments:list');
});

it('lets nobody give away more than they hold', () => {
  expect(() => assertWithin(['environment:connections:*'], ['environment:connections:read'])).not.toThrow();
  expect(() => assertWithin(['environment:connections:read'], ['environment:connections:*'])).toThrow(/does not hold/);
  expect(() => assertWithin(['environment:*'], ['account:*'])).toThrow(/does not hold/);
});
