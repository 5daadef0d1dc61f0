// Answers do not wait for a Temporal that is away: a poke that takes long goes on by itself, and the reconciler repeats lost ones.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Poke } from '../core/syncs/poke.ts';

const waitMs = 500;

const atMost = (work: Promise<void>) => Promise.race([work, sleep(waitMs, undefined, { ref: false })]);

/** `poke` must never reject. */
export const createPromptPoke = (poke: Poke): Poke => ({
  sync: (environmentId, syncId, options) => atMost(poke.sync(environmentId, syncId, options)),
  connection: (environmentId, connectionId, change) => atMost(poke.connection(environmentId, connectionId, change)),
  action: (environmentId, actionId) => atMost(poke.action(environmentId, actionId)),
});
