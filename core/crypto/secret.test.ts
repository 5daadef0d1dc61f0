import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Secret } from './secret.ts';

it('shows its value to nobody who does not ask for it by name', () => {
  const secret = new Secret('canary-4711');
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true, depth: 9 }),
  ];
  expect(shown.filter((text) => text.includes('canary'))).toEqual([]);
  expect(secret.reveal()).toBe('canary-4711');
});
