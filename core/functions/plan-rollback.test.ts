import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DeployChange } from '../db/schema/deploys.ts';
import { previousDeploy, takeBack } from './plan-rollback.ts';

type State = Record<string, number>;

interface Past {
  number: number;
  kind: 'deploy' | 'rollback';
  restored: number | null;
  changes: DeployChange[];
}

const ref = (number: number | undefined) => (number === undefined ? null : { id: `v${number}`, number });

/** The change from one state of the functions `a`, `b`, … to another. */
function difference(from: State, to: State): DeployChange[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return names
    .filter((name) => from[name] !== to[name])
    .map((name) => ({
      functionId: name,
      providerConfigKey: 'crm',
      type: 'action',
      name,
      from: ref(from[name]),
      to: ref(to[name]),
    }));
}

function apply(state: State, changes: DeployChange[]): State {
  const next = { ...state };
  for (const { functionId, from, to } of changes) {
    expect(next[functionId]).toBe(from?.number); // a change that does not fit is no way back
    if (to) next[functionId] = to.number;
    else delete next[functionId];
  }
  return next;
}

const states = fc.array(
  fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 4 }), { noNullPrototype: true }),
  { minLength: 1, maxLength: 8 },
);

/** @returns deploys, oldest first, and the state after each; `at[0]` is before the first */
function deployAll(wanted: State[]): { at: State[]; history: Past[] } {
  const at: State[] = [{}];
  const history: Past[] = [];
  for (const state of wanted) {
    const changes = difference(at.at(-1)!, state);
    if (changes.length === 0) continue;
    at.push(state);
    history.push({ number: history.length + 1, kind: 'deploy', restored: null, changes });
  }
  return { at, history };
}

it('brings back exactly the state after any earlier deploy', () => {
  fc.assert(
    fc.property(states, fc.nat(8), (wanted, pick) => {
      const { at, history } = deployAll(wanted);
      const to = pick % at.length;
      const since = history.filter(({ number }) => number > to).reverse();
      expect(apply(at.at(-1)!, takeBack(since))).toEqual(at[to]);
    }),
  );
});

it('goes one further back each time, through its own rollbacks, down to nothing', () => {
  fc.assert(
    fc.property(states, (wanted) => {
      const { at, history } = deployAll(wanted);
      let state = at.at(-1)!;
      for (let expected = history.length - 1; expected >= 0; expected--) {
        const to = previousDeploy(history.toReversed());
        expect(to).toBe(expected);
        const changes = takeBack(history.filter(({ number }) => number > to).reverse());
        state = apply(state, changes);
        expect(state).toEqual(at[to]);
        history.push({ number: history.length + 1, kind: 'rollback', restored: to, changes });
      }
      expect(() => previousDeploy(history.toReversed())).toThrow(
        expect.objectContaining({ code: 'nothing_to_roll_back', status: 409 }),
      );
    }),
  );
});

it('counts a deploy after a rollback from there', () => {
  const none = { restored: null, changes: [] };
  const history: Past[] = [
    { number: 4, kind: 'deploy', ...none },
    { number: 3, kind: 'rollback', restored: 1, changes: [] },
    { number: 2, kind: 'deploy', ...none },
    { number: 1, kind: 'deploy', ...none },
  ];
  expect(previousDeploy(history)).toBe(1); // before 4 was 3, which is 1
});
