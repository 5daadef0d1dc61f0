// The long form of the first test of actions.test.ts.
import { afterAll, beforeAll, it } from 'vitest';
import { chargeThroughKills, prepareActions } from './charge-through-kills.ts';
import { type BorrowedSystem, borrowSystem } from './join-system.ts';

let system: BorrowedSystem;

beforeAll(async () => {
  system = await borrowSystem('thousand-actions');
  await prepareActions(system);
});
afterAll(() => system?.end());

it(
  'a thousand actions, with two kills of the API and two of the worker: none lost, none charged twice, each told once',
  () => chargeThroughKills(system, 1_000, ['api', 'worker', 'api', 'worker']),
  1_200_000,
);
