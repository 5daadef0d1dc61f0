// A page of records on its way from the script to the host: identity checked, content canonical, poison set aside.
// Runs in the guest, so that the host neither parses nor serialises a record. Imports nothing but its neighbour.
import { canonicalJson } from './canonical-json.ts';

export const maxIdBytes = 2_000;
export const maxRecordBytes = 5 * 1024 * 1024;

export type QuarantineReason =
  | 'not_an_object'
  | 'id_missing'
  | 'id_invalid'
  | 'id_too_long'
  | 'too_large'
  | 'too_deep'
  | 'own_proto';

export interface EncodedPage {
  ids: string[];
  /** Canonical JSON of each record, without `_nango_metadata`. */
  bodies: Buffer[];
  quarantined: { id: string | null; reason: QuarantineReason }[];
  /** Records that a later one of the same id replaced: the last occurrence wins. */
  duplicates: number;
}

// NUL would end the text in Postgres, a lone surrogate is not UTF-8; neither is stripped, because two ids might then merge.
const isStorable = (id: string) => !id.includes('\0') && id.isWellFormed();

export function readId(record: unknown): { id: string } | { reason: QuarantineReason } {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return { reason: 'not_an_object' };
  const raw = (record as { id?: unknown }).id;
  if (raw === undefined || raw === null) return { reason: 'id_missing' };
  if (typeof raw !== 'string' && !(typeof raw === 'number' && Number.isFinite(raw))) return { reason: 'id_invalid' };
  const id = String(raw);
  if (id === '' || !isStorable(id)) return { reason: 'id_invalid' };
  if (Buffer.byteLength(id) > maxIdBytes) return { reason: 'id_too_long' };
  return { id };
}

/** @throws TypeError for a BigInt inside a record, as JSON.stringify does */
export function encodePage(records: readonly unknown[]): EncodedPage {
  const rows = new Map<string, Buffer>();
  const quarantined: EncodedPage['quarantined'] = [];
  let duplicates = 0;
  for (const record of records) {
    const identity = readId(record);
    if ('reason' in identity) {
      quarantined.push({ id: null, reason: identity.reason });
      continue;
    }
    const { id } = identity;
    const body = encodeRecord(record as Record<string, unknown>);
    if (typeof body === 'string') {
      quarantined.push({ id, reason: body });
      continue;
    }
    if (rows.delete(id)) duplicates++;
    rows.set(id, body);
  }
  return { ids: [...rows.keys()], bodies: [...rows.values()], quarantined, duplicates };
}

function encodeRecord(record: Record<string, unknown>): Buffer | QuarantineReason {
  const plain = '_nango_metadata' in record ? { ...record, _nango_metadata: undefined } : record;
  let text: string | undefined;
  try {
    text = canonicalJson(plain);
  } catch (error) {
    if (error instanceof RangeError) return 'too_deep';
    throw error;
  }
  // toJSON may turn a record into anything.
  if (text === undefined || text[0] !== '{') return 'not_an_object';
  // In the text, so that nested ones are found too; inside of a string its quotes would be escaped.
  if (text.includes('"__proto__":')) return 'own_proto';
  const body = Buffer.from(text);
  return body.length > maxRecordBytes ? 'too_large' : body;
}
