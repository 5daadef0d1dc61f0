// How much of what a run brings may be poison before the run itself is wrong.
import { SynclineError } from '../errors.ts';

/** A run with more rejects than this, or than this share of what it saved, fails. */
export const maxRejects = 100;
export const maxRejectRatio = 0.01;

export const tooManyRejects = (rejected: number) =>
  new SynclineError('too_many_rejects', `${rejected} records could not be saved; the reasons are in the run's log.`, {
    status: 400,
    hint: 'Give every record a string or number `id`, and look at the quarantined records of this run.',
  });
