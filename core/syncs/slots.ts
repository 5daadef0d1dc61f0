// A sync's fixed time grid: slots at t ≡ offset (mod period), the offset hashed from the sync's id, so that a million hourly
// syncs are spread evenly and a sync keeps its slots whatever happens to its workflow.
import { createHash } from 'node:crypto';

/** Deterministic, uniform in [0, periodMs). */
export function slotOffsetMs(syncId: string, periodMs: number): number {
  return createHash('sha256').update(syncId).digest().readUIntBE(0, 6) % periodMs;
}

/** The first slot later than `ms`; epoch ms. */
export function slotAfter(ms: number, periodMs: number, offsetMs: number): number {
  return Math.floor((ms - offsetMs) / periodMs) * periodMs + periodMs + offsetMs;
}

/** When a sync runs next after a run that ended at `nowMs`. Slots missed meanwhile are not made up for one by one. */
export function nextSlot(syncId: string, periodMs: number, nowMs: number): Date {
  return new Date(slotAfter(nowMs, periodMs, slotOffsetMs(syncId, periodMs)));
}
