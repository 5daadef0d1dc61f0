// The long form of the first test of actions.test.ts.
import { afterAll, beforeAll, it } from 'vitest';
import { chargeThroughKills, prepareActions } from './charge-through-kills.ts';
import { type System, startSystem } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem({ port: 3221 });
  await prepareActions(system);
});
afterAll(() => system?.end());

it(
  'a thousand actions, with two kills of the API and two of the worker: none lost, none charged twice, each told once',
  () => chargeThroughKills(system, 1_000),
  600_000,
);
