// The data keys of one environment as a process knows them: which open, and which one encrypts now. A rotation announces the
// next key ahead of its time (`retired_at` of the last one lies in the future), so that every process can open its values
// before the first is written.
import type { KeyObject } from 'node:crypto';

export interface DataKey {
  id: number;
  key: KeyObject;
  /** ms from the reading on; null: nothing follows it yet. */
  retiresInMs: number | null;
}

export interface DataKeys {
  readonly byId: ReadonlyMap<number, KeyObject>;
  /** The one to encrypt with at this moment. */
  active(): { id: number; key: KeyObject };
  /** As they were read now; those that are gone stay: they harm nobody. */
  update(keys: readonly DataKey[], nowMs?: number): void;
}

/** @param now monotonic, ms: a step of the clock must not bring an old key back */
export function createDataKeys(now: () => number = () => performance.now()): DataKeys {
  const byId = new Map<number, KeyObject>();
  const retiresAtMs = new Map<number, number>();
  let current: { id: number; key: KeyObject } | undefined;
  let currentUntilMs = 0;

  function choose(): { id: number; key: KeyObject } {
    const nowMs = now();
    const live = [...retiresAtMs].filter(([, endMs]) => endMs > nowMs).sort(([, a], [, b]) => a - b);
    // None: the one that follows could not be read here. Its predecessor still opens everywhere.
    const [id, endMs] = live[0] ?? [Math.max(...byId.keys()), nowMs];
    current = { id, key: byId.get(id)! };
    currentUntilMs = endMs;
    return current;
  }

  return {
    byId,
    active: () => (current && now() < currentUntilMs ? current : choose()),
    update(keys, nowMs = now()) {
      for (const { id, key, retiresInMs } of keys) {
        byId.set(id, key);
        retiresAtMs.set(id, retiresInMs === null ? Number.POSITIVE_INFINITY : nowMs + retiresInMs);
      }
      current = undefined;
    },
  };
}
