// One page of a collection, by position: the part that all pagination styles share. A position is always text.
import type { Dataset, Selection } from './dataset.ts';

export type Positioning = 'number' | 'cursor' | 'offset';

export interface PageRequest {
  positioning: Positioning;
  position: string | undefined;
  sizeRows: number;
  selection: Selection;
}

export interface Page {
  indexes: readonly number[];
  /** The rows of the page before; for faults. */
  previousIndexes: readonly number[];
  current: string;
  next: string | undefined;
  /** What a next pointer would be if there were more. */
  after: string;
  total: number;
  sizeRows: number;
}

/** @throws RangeError when the position is none of ours. */
export function readPage(dataset: Dataset, { positioning, position, sizeRows, selection }: PageRequest): Page {
  const all = dataset.select(selection);
  const start = findStart(dataset, all, { positioning, position, sizeRows, selection });
  const end = Math.min(start + sizeRows, all.length);
  const after = positionAfter(dataset, all, end, { positioning, position, sizeRows, selection });
  return {
    indexes: all.slice(start, end),
    previousIndexes: all.slice(Math.max(0, start - sizeRows), start),
    current: position || firstPosition[positioning],
    next: end < all.length ? after : undefined,
    after,
    total: all.length,
    sizeRows,
  };
}

const startCursor = encodeCursor({ after: -1, at: 0 });
const firstPosition = { number: '1', offset: '0', cursor: startCursor } as const;

interface Cursor {
  /** Index of the last row served. */
  after: number;
  /** Its `updated_at`, which matters when the list is sorted by it. */
  at: number;
}

function findStart(dataset: Dataset, all: readonly number[], request: PageRequest): number {
  const { positioning, position, sizeRows, selection } = request;
  if (position === undefined || position === '') return 0;
  if (positioning === 'cursor')
    return firstAfter(dataset, all, decodeCursor(position), selection.sort === 'updated_at');
  const value = Number(position);
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`Not a position: ${position}`);
  return positioning === 'offset' ? value : (Math.max(1, value) - 1) * sizeRows;
}

function positionAfter(dataset: Dataset, all: readonly number[], end: number, request: PageRequest): string {
  const { positioning, position, sizeRows } = request;
  if (positioning === 'number') return String(Math.max(1, Number(position ?? 1)) + 1);
  if (positioning === 'offset') return String(Number(position ?? 0) + sizeRows);
  const last = end > 0 ? all[end - 1] : undefined;
  return last === undefined ? startCursor : encodeCursor({ after: last, at: dataset.updatedAtMsOf(last) });
}

/** Binary search, so that a cursor stays right when rows before it are deleted or edited. */
function firstAfter(dataset: Dataset, all: readonly number[], { after, at }: Cursor, byTime: boolean): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const index = all[middle] ?? 0;
    const time = byTime ? dataset.updatedAtMsOf(index) - at : 0;
    if (time < 0 || (time === 0 && index <= after)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function decodeCursor(text: string): Cursor {
  try {
    const { after, at } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Number.isInteger(after) && Number.isInteger(at)) return { after, at };
  } catch {
    // falls through: whatever is not JSON is not a cursor either
  }
  throw new RangeError(`Not a cursor: ${text}`);
}
