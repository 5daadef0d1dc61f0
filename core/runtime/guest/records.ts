// The record calls of syncs and webhook functions. A page leaves here encoded, so that the host never parses it.
import { encodePage, readId } from '@syncline/functions/records';
import type { Start } from '../protocol.ts';
import type { DriftWatch } from './drift-watch.ts';
import type { HostCall } from './http.ts';
import { ourError } from './our-error.ts';

/** What one call carries; a longer save is several, sent in order. The pipe takes 64 MB at a time. */
const maxCallRecords = 5_000;
const maxCallBytes = 16 * 1024 * 1024;
const idsPerCall = 100;

interface Parts {
  drift: DriftWatch;
  /** The line of the script that is calling, where that is known. */
  place(): string | undefined;
}

interface Deletion {
  id: string;
  deletedAt: string | null;
}

export function createRecordCalls(start: Start, call: HostCall, { drift, place }: Parts): Record<string, unknown> {
  const assertModel = (model: string) => {
    if (start.models.includes(model)) return;
    const message = `Model '${model}' is not declared in this sync's models (${start.models.join(', ')}).`;
    throw ourError(new Error(message), 'unknown_model');
  };

  /** All calls are issued at once: nothing that the script issues meanwhile comes between them. */
  async function send(method: 'batchSave' | 'batchUpdate', model: string, records: readonly unknown[]): Promise<void> {
    const { ids, bodies, quarantined, duplicates } = encodePage(records);
    const parts = partsOf(bodies);
    const at = quarantined.length > 0 ? place() : undefined;
    await Promise.all(
      parts.map(({ from, to }, index) => {
        const part = bodies.slice(from, to);
        const about =
          index === 0
            ? { quarantined, duplicates, ...(at !== undefined && { at }) }
            : { quarantined: [], duplicates: 0 };
        const lengths = part.map(({ length }) => length);
        return call(method, { model, ids: ids.slice(from, to), lengths, ...about }, Buffer.concat(part));
      }),
    );
  }

  async function batchSave(records: unknown, model: string): Promise<true> {
    assertModel(model);
    if (!Array.isArray(records) || records.length === 0) return true;
    drift.check(model, records);
    await send('batchSave', model, records);
    return true;
  }

  /** Two partials of one record both count, one after the other. */
  async function batchUpdate(partials: unknown, model: string): Promise<true> {
    assertModel(model);
    if (!Array.isArray(partials) || partials.length === 0) return true;
    await Promise.all(roundsOf(partials).map((round) => send('batchUpdate', model, round)));
    return true;
  }

  async function batchDelete(records: unknown, model: string): Promise<true> {
    assertModel(model);
    if (!Array.isArray(records) || records.length === 0) return true;
    const rows = new Map<string, Deletion>();
    let skipped = 0;
    for (const record of records) {
      const identity = readId(record);
      if ('id' in identity) rows.set(identity.id, { id: identity.id, deletedAt: deletedAtOf(record) });
      else skipped++; // such an id is stored nowhere
    }
    await call('batchDelete', { model, rows: [...rows.values()], skipped });
    return true;
  }

  async function getRecordsByIds(ids: unknown, model: string): Promise<Map<string | number, unknown>> {
    assertModel(model);
    const found = new Map<string | number, unknown>();
    const wanted = (Array.isArray(ids) ? ids : []).filter((id) => 'id' in readId({ id })) as (string | number)[];
    for (let from = 0; from < wanted.length; from += idsPerCall) {
      const byId = await readByIds(new Set(wanted.slice(from, from + idsPerCall).map(String)), model);
      for (const id of wanted.slice(from, from + idsPerCall)) {
        const record = byId.get(String(id));
        if (record !== undefined) found.set(id, record);
      }
    }
    return found;
  }

  async function readByIds(ids: Set<string>, model: string): Promise<Map<string, unknown>> {
    const byId = new Map<string, unknown>();
    for (let complete = false; !complete && ids.size > 0; ) {
      const { result, body } = await call('getRecordsByIds', { model, ids: [...ids] });
      for (const record of JSON.parse(body.toString()) as { id: string | number }[]) {
        byId.set(String(record.id), record);
        ids.delete(String(record.id));
      }
      ({ complete } = result as { complete: boolean });
    }
    return byId;
  }

  async function* listRecords(model: string, { cursor }: { cursor?: string } = {}): AsyncGenerator<unknown> {
    assertModel(model);
    let next: string | null = cursor ?? null;
    let until: string | undefined;
    for (;;) {
      const { result, body } = await call('listRecords', { model, cursor: next, until });
      yield* JSON.parse(body.toString()) as unknown[];
      const page = result as { cursor: string | null; until: string; more: boolean };
      if (!page.more) return;
      next = page.cursor;
      until = page.until;
    }
  }

  const window = (method: string) => async (model: string) => {
    assertModel(model);
    return (await call(method, { model })).result as { deletedKeys: string[] };
  };

  return {
    batchSave,
    batchSend: batchSave,
    batchUpdate,
    batchDelete,
    getRecordsByIds,
    getRecordsById: getRecordsByIds,
    listRecords,
    trackDeletesStart: async (model: string) => void (await window('trackDeletesStart')(model)),
    trackDeletesEnd: window('trackDeletesEnd'),
    deleteRecordsFromPreviousExecutions: window('deleteRecordsFromPreviousExecutions'),
    setMergingStrategy: async (merging: { strategy?: unknown } | undefined, model: string): Promise<void> => {
      assertModel(model);
      await call('setMergingStrategy', { model, strategy: merging?.strategy });
    },
  };
}

/** At least one part, so that a page of poison alone is told too. */
function partsOf(bodies: readonly Buffer[]): { from: number; to: number }[] {
  const parts: { from: number; to: number }[] = [];
  let from = 0;
  let bytes = 0;
  for (const [at, { length }] of bodies.entries()) {
    if (at > from && (at - from === maxCallRecords || bytes + length > maxCallBytes)) {
      parts.push({ from, to: at });
      from = at;
      bytes = 0;
    }
    bytes += length;
  }
  return [...parts, { from, to: bodies.length }];
}

/** Rounds in which no id comes twice: the n-th partial of a record is in the n-th. */
function roundsOf(partials: readonly unknown[]): unknown[][] {
  const seen = new Map<string, number>();
  const rounds: unknown[][] = [];
  for (const partial of partials) {
    const identity = readId(partial);
    const round = 'id' in identity ? (seen.get(identity.id) ?? 0) : 0;
    if ('id' in identity) seen.set(identity.id, round + 1);
    if (rounds.length === round) rounds.push([]);
    rounds[round]!.push(partial);
  }
  return rounds;
}

function deletedAtOf(record: unknown): string | null {
  const { deletedAt } = record as { deletedAt?: string | number | Date | null };
  if (deletedAt === undefined || deletedAt === null) return null;
  const date = new Date(deletedAt);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new TypeError(`deletedAt '${String(deletedAt)}' is no date.`);
}
