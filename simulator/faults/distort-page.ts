// Faults of the list in an answer: wrong rows, wrong next pointer, wrong shape. The served log gets what really goes out.
import type { Contact } from '../contact.ts';
import type { Dataset } from '../dataset.ts';
import type { Page, Positioning } from '../page.ts';
import type { ServedRow } from '../served-log.ts';
import type { Fault } from './fault.ts';

export interface RenderedRows {
  /** The list as it stands in the answer; undefined when it is missing. */
  list: unknown;
  served: ServedRow[];
}

/** Before the page is read: the collection moves under the reader, at its head, where offsets suffer. */
export function shiftCollection(dataset: Dataset, fault: Fault): void {
  const first = dataset.select()[0];
  if (fault.shift === 'delete' && first !== undefined) dataset.remove(dataset.read(first)?.id ?? '');
  // A new row gets the last id and moves nobody; one that comes back does. So a script deletes first, then inserts.
  if (fault.shift === 'insert' && !dataset.restoreFirst()) dataset.create();
}

export function distortPointer(page: Page, fault: Fault): Page {
  if (fault.repeatCursor) return { ...page, next: page.current };
  if (fault.lyingHasMore === 'more') return { ...page, next: page.next ?? page.after };
  if (fault.lyingHasMore === 'end') return { ...page, next: undefined };
  return page;
}

export function renderRows(dataset: Dataset, page: Page, positioning: Positioning, fault: Fault): RenderedRows {
  if (fault.list === 'missing') return { list: undefined, served: [] };
  if (fault.list === 'null') return { list: null, served: [] };
  if (fault.list === 'object') return { list: { unexpected: 'object' }, served: [] };
  if (fault.list === 'empty') return { list: [], served: [] };
  const served = chooseRows(page, positioning, fault).map((index): ServedRow => {
    const revision = dataset.revisionOf(index);
    return { index, revision: fault.latePage ? Math.max(1, revision - 1) : revision };
  });
  const rows: unknown[] = served.map(({ index, revision }) => {
    const row = dataset.read(index, revision);
    return fault.drift && row ? drift(row) : row;
  });
  for (let added = 0; added < (fault.nullRows ?? 0); added += 1) rows.splice((added * 7) % (rows.length + 1), 0, null);
  if (fault.poisonRows) rows.splice(Math.floor(rows.length / 2), 0, ...poison());
  return { list: rows, served };
}

function chooseRows(page: Page, positioning: Positioning, fault: Fault): readonly number[] {
  if (!fault.duplicatePage || page.previousIndexes.length === 0) return page.indexes;
  // A client counts offsets by the rows it got: more rows than a page would make it step over some that exist.
  return positioning === 'offset' ? page.previousIndexes : [...page.previousIndexes, ...page.indexes];
}

function drift({ email, ...rest }: Contact): Record<string, unknown> {
  return { ...rest, email_address: email, revision: String(rest.revision), address: null };
}

function poison(): unknown[] {
  return [
    { name: 'no id' },
    { id: null, name: 'null id' },
    { id: { nested: true }, name: 'object id' },
    { id: 'nul\u0000inside', name: 'NUL in id' },
    { id: 'x'.repeat(5000), name: 'long id' },
    'not an object',
    7,
    [],
  ];
}
