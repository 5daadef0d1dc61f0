// An answer that an attempt gets once: from the journal when an earlier attempt had it, else made and noted.
import type { Journal, Slot } from './journal.ts';

/** Must be called in the order of the calls. What `make` throws is not noted: the next attempt asks again. */
export async function journalled(
  journal: Journal | undefined,
  identity: readonly unknown[],
  make: (slot?: Slot) => Promise<Buffer>,
): Promise<Buffer> {
  if (!journal) return make();
  const slot = journal.slot(JSON.stringify(identity));
  const recalled = await journal.recall(slot);
  if (recalled) return recalled;
  const answer = await make(slot);
  journal.record(slot, answer);
  return answer;
}
