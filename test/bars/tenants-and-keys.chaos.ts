import { expect, it } from 'vitest';
import { apikey } from './apikey.ts';
import { tenant } from './tenant.ts';

const options = { seed: 7, long: false, port: 0, untimed: true };

it.each([
  ['nothing of another environment is seen or changed, by any route or table', tenant],
  ['keys are nowhere in plain text, routes ask for their scopes', apikey],
])(
  '%s',
  async (_name, bar) => {
    const outcome = await bar(options);
    expect('holds' in outcome && outcome.holds, JSON.stringify(outcome)).toBe(true);
  },
  120_000,
);
