// Which request meets which fault: an ordered list of rules, the first that fires wins, chance comes from the seed.
import { createRandom, mixSeed } from '../random.ts';
import { type Fault, parseFault } from './fault.ts';
import { findNamedFault } from './named.ts';

export interface FaultRule {
  match?: {
    method?: string;
    /** A path, `*` for any characters: `/contacts`, `/oauth/*`. */
    path?: string;
    /** Which of the requests that match method and path, counted from 1. */
    nth?: number | readonly number[];
    everyNth?: number;
    /** 0 to 1. */
    probability?: number;
  };
  /** A fault or the name of one. */
  fault: Fault | string;
  /** How often it fires; default: always. */
  times?: number;
}

export interface ChosenFault {
  name: string;
  fault: Fault;
}

export type FaultScript = ReturnType<typeof createFaultScript>;

interface ActiveRule {
  rule: FaultRule;
  chosen: ChosenFault;
  path: RegExp | undefined;
  random: () => number;
  matched: number;
  fired: number;
}

const matchFields = new Set(['method', 'path', 'nth', 'everyNth', 'probability']);

export function createFaultScript(firstSeed = 1) {
  let active: ActiveRule[] = [];
  let seed = firstSeed;
  const firedByName = new Map<string, number>();

  function count(chosen: ChosenFault): ChosenFault {
    firedByName.set(chosen.name, (firedByName.get(chosen.name) ?? 0) + 1);
    return chosen;
  }

  return {
    /** Replaces the script. @throws TypeError when a rule cannot be understood. */
    set(rules: readonly FaultRule[], newSeed = seed): void {
      const next = rules.map((rule, position) => activate(rule, mixSeed(newSeed, position)));
      seed = newSeed;
      active = next;
    },
    clear(): void {
      active = [];
    },
    clearCounts(): void {
      firedByName.clear();
    },
    choose(method: string, path: string): ChosenFault | undefined {
      let winner: ActiveRule | undefined;
      // Later rules count too, so that "the third request" means the same whatever stands before it.
      for (const entry of active) if (fires(entry, method, path)) winner ??= entry;
      if (!winner) return undefined;
      winner.fired += 1;
      return count(winner.chosen);
    },
    /** The fault that a request asks for by `x-simulator-fault`. @throws TypeError */
    fromHeader: (value: string): ChosenFault => count(resolveFault(value.startsWith('{') ? JSON.parse(value) : value)),
    /** Rules with how often they matched and fired. */
    list: () => active.map(({ rule, matched, fired }) => ({ ...rule, matched, fired })),
    counts: (): Record<string, number> => Object.fromEntries(firedByName),
  };
}

function activate(rule: FaultRule, seed: number): ActiveRule {
  const { match = {}, fault } = rule;
  for (const field of Object.keys(match)) {
    if (!matchFields.has(field)) throw new TypeError(`Unknown match field "${field}".`);
  }
  const path = match.path === undefined ? undefined : globToPattern(match.path);
  return { rule, chosen: resolveFault(fault), path, random: createRandom(seed), matched: 0, fired: 0 };
}

function resolveFault(fault: unknown): ChosenFault {
  if (typeof fault !== 'string') return { name: Object.keys(parseFault(fault)).join('+'), fault: parseFault(fault) };
  const known = findNamedFault(fault);
  if (!known) throw new TypeError(`Unknown fault "${fault}".`);
  return { name: fault, fault: known };
}

function fires(entry: ActiveRule, method: string, path: string): boolean {
  const { match = {}, times } = entry.rule;
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false;
  if (entry.path && !entry.path.test(path)) return false;
  entry.matched += 1;
  const lucky = match.probability === undefined || entry.random() < match.probability;
  if (times !== undefined && entry.fired >= times) return false;
  if (match.nth !== undefined && ![match.nth].flat().includes(entry.matched)) return false;
  if (match.everyNth !== undefined && entry.matched % match.everyNth !== 0) return false;
  return lucky;
}

function globToPattern(glob: string): RegExp {
  const literal = glob.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`);
}
