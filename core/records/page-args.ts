// What the record calls of a script carry, as server and dry run read it.
import { SynclineError } from '../errors.ts';

const strategies = ['override', 'ignore_if_modified_after', 'ignore_if_modified_after_cursor'];

/** @throws SynclineError invalid_merging_strategy */
export function assertMergingStrategy(strategy: unknown): void {
  if (strategies.includes(String(strategy))) return;
  throw new SynclineError('invalid_merging_strategy', `'${String(strategy)}' is no merging strategy.`, {
    status: 400,
    hint: "Use 'override' or 'ignore_if_modified_after'.",
  });
}

/** The records of a page, which cross the pipe as one body. */
export function splitBodies(body: Buffer, lengths: readonly number[]): Buffer[] {
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return body.subarray(at - length, at);
  });
}
