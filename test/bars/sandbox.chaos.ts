import { expect, it } from 'vitest';
import { testFence } from '../../core/runtime/host/test-guests.ts';
import { createRandom } from '../../simulator/random.ts';
import { attack, holds } from './sandbox.ts';
import { escapes } from './sandbox-escapes.ts';

const { level } = await testFence();
const tried = escapes.slice(0, 6);

it.runIf(level === 'full')(
  'no escape succeeds, no load is felt by a neighbour, and each escape would without the fences',
  async () => {
    const findings = await attack({ rounds: 1, random: createRandom(7) });
    expect(findings).toMatchObject({ escapes: [], toothless: [], loads: [], neighbours: { wrong: [], restarts: 0 } });
    expect(holds(findings)).toBe(true);
    expect(findings.neighbours.runs).toBeGreaterThan(50);
  },
  120_000,
);

it.runIf(level === 'full')(
  // That each of them gets through is the first test's control; here, that the judge says so.
  'without the fences the judge finds every one out',
  async () => {
    const findings = await attack({ rounds: 1, random: createRandom(7), fences: 'off', tried });
    expect(findings.escapes.length + findings.untried.length).toBe(tried.length);
    expect(holds(findings)).toBe(false);
  },
  120_000,
);
