import { expect, it } from 'vitest';
import { isAllowed } from './licences.ts';

const allowed = new Set(['MIT', 'Apache-2.0']);

it.each([
  ['MIT', true],
  ['GPL-3.0', false],
  ['(MIT OR GPL-3.0)', true],
  ['MIT AND Apache-2.0', true],
  ['MIT AND GPL-3.0', false],
  ['SEE LICENSE IN LICENSE', false],
])('%s: %s', (expression, verdict) => {
  expect(isAllowed(expression, allowed)).toBe(verdict);
});
