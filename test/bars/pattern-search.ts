// Finds any of a thousand byte strings in hundreds of megabytes in one pass: Wu and Manber, "A fast algorithm for multi-pattern
// searching" (1994), with blocks of three bytes.

export interface Pattern {
  bytes: Buffer;
  name: string;
}

const blockBytes = 3;
const tableSize = 2 ** 18;

const hashAt = (bytes: Buffer, at: number): number =>
  (bytes[at]! ^ (bytes[at - 1]! << 5) ^ (bytes[at - 2]! << 10)) & (tableSize - 1);

/** @returns adds the names of the patterns that are in there to `found` */
export function createPatternSearch(patterns: readonly Pattern[]): (text: Buffer, found: Set<string>) => void {
  const window = Math.min(255, ...patterns.map(({ bytes }) => bytes.length));
  if (window < blockBytes) throw new Error('A pattern has less than three bytes.');
  /** How far the window may move when this block ends it: no pattern has it nearer to its end. */
  const shifts = new Uint8Array(tableSize).fill(window - blockBytes + 1);
  const ending = new Map<number, Pattern[]>();
  for (const pattern of patterns) {
    for (let at = blockBytes - 1; at < window; at++) {
      const hash = hashAt(pattern.bytes, at);
      shifts[hash] = Math.min(shifts[hash]!, window - 1 - at);
    }
    const last = hashAt(pattern.bytes, window - 1);
    ending.set(last, [...(ending.get(last) ?? []), pattern]);
  }

  return function search(text, found) {
    for (let at = window - 1; at < text.length; ) {
      const hash = hashAt(text, at);
      const shift = shifts[hash]!;
      if (shift === 0) {
        const from = at - window + 1;
        for (const { bytes, name } of ending.get(hash) ?? [])
          if (bytes.equals(text.subarray(from, from + bytes.length))) found.add(name);
      }
      at += shift || 1;
    }
  };
}
