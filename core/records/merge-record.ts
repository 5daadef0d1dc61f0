// A partial record laid over a whole one: objects merge, lists and scalars replace, null overwrites.
import { canonicalJson } from '@syncline/functions/canonical-json';
import { deepmergeCustom } from 'deepmerge-ts';

const merge = deepmergeCustom({ mergeArrays: false });

/** Both as JSON text. */
export function mergeRecord(before: Buffer, partial: Buffer): Buffer {
  // Whether the partial spells the id as text or number is no change of the record.
  const { id: _, ...changes } = JSON.parse(partial.toString()) as Record<string, unknown>;
  return Buffer.from(canonicalJson(merge(JSON.parse(before.toString()) as object, changes))!);
}
