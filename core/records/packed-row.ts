// A stored row as it comes from Postgres: its facts in one column, its encrypted body in the other. The driver makes a buffer
// of every column, and most rows are only passed on.
//
//   facts = change number (int8) | action (int2) | first seen, changed, deleted, pruned (int8 each) | external id (UTF-8)

/** `facts` and `body`; the body is empty once pruned. */
export type PackedRow = readonly [facts: Buffer, body: Buffer];

/** In the place of a moment that is not: the smallest int8, before every timestamp there is. */
export const noMoment = Buffer.from('8000000000000000', 'hex');

/** 2000-01-01, from which Postgres counts its microseconds (timestamptz_send). */
const postgresEpochMicros = 946_684_800_000_000;

export interface RowFacts {
  externalId: string;
  action: number;
  /** Microseconds since 1970: a `Date` would lose them. Exact as numbers until the year 2255. */
  firstSeenAt: number;
  changedAt: number;
  deletedAt: number | null;
  prunedAt: number | null;
}

export const seqOf = ([facts]: PackedRow): bigint => facts.readBigInt64BE();

export const externalIdOf = ([facts]: PackedRow): string => facts.toString('utf8', 42);

/** int8 to a number, without a BigInt between. */
const microsAt = (facts: Buffer, at: number): number =>
  facts.readInt32BE(at) * 2 ** 32 + facts.readUInt32BE(at + 4) + postgresEpochMicros;

const microsOrNull = (facts: Buffer, at: number): number | null =>
  facts[at] === noMoment[0] ? null : microsAt(facts, at);

export function factsOf(row: PackedRow): RowFacts {
  const [facts] = row;
  return {
    externalId: externalIdOf(row),
    action: facts.readInt16BE(8),
    firstSeenAt: microsAt(facts, 10),
    changedAt: microsAt(facts, 18),
    deletedAt: microsOrNull(facts, 26),
    prunedAt: microsOrNull(facts, 34),
  };
}
