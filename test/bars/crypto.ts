// Bar 5: ciphertexts of every encrypted column are moved to other rows, columns and environments, altered bit by bit, and their
// tags cut. The same attacks on a cipher without bindings, checks or tag length succeed, so they are attacks.
import { createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { encryptedColumns } from '../../core/crypto/encrypted-columns.ts';
import { keyIdOf, type Place, seal, unseal } from '../../core/crypto/envelope.ts';
import type { Cipher } from '../../core/crypto/key-ring.ts';
import { type OpenedValue, openAll, seedValues } from '../../core/crypto/test-values.ts';
import { openDatabase } from '../../core/db/database.ts';
import { createOwnDatabase } from '../../core/db/test-server.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';
import { startOwnPostgres } from './own-postgres.ts';

const perColumn = 3;
const cutTags = [4, 8, 12];

export interface Findings {
  columns: number;
  values: number;
  withoutKeyId: number;
  moved: number;
  movedAccepted: number;
  flipped: number;
  flippedAccepted: number;
  cut: number;
  cutAccepted: number;
  roundTrips: number;
  /** Attacks that get nowhere against a careless cipher either: they prove nothing. */
  toothless: string[];
}

export async function crypto({ seed, long }: BarOptions): Promise<Outcome> {
  const findings = await attackCrypto({ seed, roundTrips: long ? 100_000 : 10_000 });
  const { toothless, ...figure } = findings;
  for (const line of toothless) console.log(`${line} is accepted by nobody: it proves nothing`);
  return { holds: holds(findings), figure: renderFigure({ seed, ...figure, controls_failed: toothless.length }) };
}

export const holds = (found: Findings): boolean =>
  found.columns === encryptedColumns.length &&
  [found.withoutKeyId, found.movedAccepted, found.flippedAccepted, found.cutAccepted].every((count) => count === 0) &&
  found.toothless.length === 0;

interface Owned extends OpenedValue {
  cipher: Cipher;
}

/** @throws when a round trip is not exact */
export async function attackCrypto({ seed, roundTrips }: { seed: number; roundTrips: number }): Promise<Findings> {
  const stopPostgres = await startOwnPostgres();
  const own = await createOwnDatabase('bar_crypto', { migrated: true });
  const database = await openDatabase({ url: own.url, encryptionKeys: [randomBytes(32)] });
  try {
    const values: Owned[] = [];
    let all = 0;
    let withoutKeyId = 0;
    for (let environment = 0; environment < 2; environment++) {
      const seeded = await seedValues(database, { connections: perColumn, records: 20 });
      const { cipher } = seeded.environment;
      const opened = await openAll(seeded.environment);
      all += opened.length;
      withoutKeyId += opened.filter(({ value }) => keyIdOf(value) !== cipher.activeKeyId).length;
      for (const of of Object.values(Object.groupBy(opened, ({ column }) => `${column.table}.${column.column}`)))
        values.push(...of!.slice(0, perColumn).map((one) => ({ ...one, cipher })));
    }
    const columns = new Set(values.map(({ column }) => `${column.table}.${column.column}`)).size;
    const moved = moveAll(values);
    const flipped = flipAll(values);
    const cut = cutAll(values);
    tryRoundTrips(values[0]!.cipher, { seed, roundTrips });
    const toothless = controls();
    return { columns, values: all, withoutKeyId, ...moved, ...flipped, ...cut, roundTrips, toothless };
  } finally {
    await database.close();
    await own.drop();
    await stopPostgres();
  }
}

const placeOf = ({ column: { table, column }, row }: OpenedValue): Place => ({ table, column, row });

const accepts = (open: () => Buffer): boolean => {
  try {
    open();
    return true;
  } catch {
    return false;
  }
};

function moveAll(values: Owned[]): { moved: number; movedAccepted: number } {
  let moved = 0;
  let movedAccepted = 0;
  for (const from of values) {
    for (const to of values) {
      if (from === to) continue;
      moved++;
      if (accepts(() => to.cipher.decrypt(placeOf(to), from.value))) movedAccepted++;
    }
    // To the same place of another environment, and with that environment's own key.
    const other = values.find(({ cipher }) => cipher !== from.cipher)!;
    moved++;
    if (accepts(() => other.cipher.decrypt(placeOf(from), from.value))) movedAccepted++;
  }
  return { moved, movedAccepted };
}

function flipAll(values: Owned[]): { flipped: number; flippedAccepted: number } {
  let flipped = 0;
  let flippedAccepted = 0;
  const oneEach = new Map(values.map((value) => [`${value.column.table}.${value.column.column}`, value]));
  for (const { cipher, value, ...rest } of oneEach.values()) {
    for (let bit = 0; bit < value.length * 8; bit++) {
      const altered = Buffer.from(value);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      flipped++;
      if (accepts(() => cipher.decrypt(placeOf({ value, ...rest }), altered))) flippedAccepted++;
    }
  }
  return { flipped, flippedAccepted };
}

function cutAll(values: Owned[]): { cut: number; cutAccepted: number } {
  let cut = 0;
  let cutAccepted = 0;
  for (const one of values) {
    for (const bytes of cutTags) {
      cut++;
      const short = one.value.subarray(0, one.value.length - 16 + bytes);
      if (accepts(() => one.cipher.decrypt(placeOf(one), short))) cutAccepted++;
    }
  }
  return { cut, cutAccepted };
}

function tryRoundTrips(cipher: Cipher, { seed, roundTrips }: { seed: number; roundTrips: number }): void {
  const place = fc.record({ table: fc.string(), column: fc.string(), row: fc.string() });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), place, place, (plain, at, elsewhere) => {
      const value = cipher.encrypt(at, plain);
      if (!cipher.decrypt(at, value).equals(plain)) return false;
      const same = ['table', 'column', 'row'].every((part) => at[part as 'row'] === elsewhere[part as 'row']);
      return same || !accepts(() => cipher.decrypt(elsewhere, value)) || joined(at) === joined(elsewhere);
    }),
    { seed, numRuns: roundTrips },
  );
}

/** Parts with a `|` in them may join to the same text; tables and columns are ours and have none. */
const joined = ({ table, column, row }: Place): string => `${table}|${column}|${row}`;

/** Each attack against a cipher that lacks the one thing it attacks. */
function controls(): string[] {
  const key = createSecretKey(randomBytes(32));
  const nothing = Buffer.alloc(0);
  const value = seal({ id: 1, key }, nothing, Buffer.from('a secret of some length'));
  const toothless: string[] = [];
  if (!accepts(() => unseal(key, nothing, value))) toothless.push('moving a value that is bound to nothing');
  const careless = (tagLength: number, altered: Buffer, checks: boolean): Buffer => {
    const decipher = createDecipheriv('aes-256-gcm', key, altered.subarray(5, 17), { authTagLength: tagLength });
    decipher.setAAD(nothing);
    decipher.setAuthTag(altered.subarray(altered.length - tagLength));
    const plain = decipher.update(altered.subarray(17, altered.length - tagLength));
    return checks ? Buffer.concat([plain, decipher.final()]) : plain;
  };
  const flipped = Buffer.from(value);
  flipped[20]! ^= 1;
  if (!accepts(() => careless(16, flipped, false))) toothless.push('flipping a bit without the final check');
  for (const bytes of cutTags) {
    const short = value.subarray(0, value.length - 16 + bytes);
    if (!accepts(() => careless(bytes, short, true))) toothless.push(`a tag of ${bytes} bytes`);
  }
  return toothless;
}
