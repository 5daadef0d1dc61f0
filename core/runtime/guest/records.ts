// The record calls of syncs and webhook functions. A page leaves here encoded, so that the host never parses it.
import { encodePage } from '../../records/encode-page.ts';
import type { Start } from '../protocol.ts';
import type { HostCall } from './http.ts';

interface WithId {
  id: string | number;
  deletedAt?: string | Date;
}

export function createRecordCalls(start: Start, call: HostCall): Record<string, unknown> {
  const assertModel = (model: string) => {
    if (start.models.includes(model)) return;
    const message = `Model '${model}' is not declared in this sync's models (${start.models.join(', ')}).`;
    throw Object.assign(new Error(message), { code: 'unknown_model' });
  };

  async function save(method: 'batchSave' | 'batchUpdate', records: unknown, model: string): Promise<true> {
    assertModel(model);
    if (!Array.isArray(records) || records.length === 0) return true;
    const { ids, bodies, quarantined, duplicates } = encodePage(records);
    const lengths = bodies.map(({ length }) => length);
    await call(method, { model, ids, lengths, quarantined, duplicates }, Buffer.concat(bodies));
    return true;
  }

  const batchSave = (records: unknown, model: string) => save('batchSave', records, model);
  const window = (method: string) => async (model: string) => {
    assertModel(model);
    return (await call(method, { model })).result;
  };

  async function getRecordsByIds(ids: (string | number)[], model: string): Promise<Map<string | number, unknown>> {
    assertModel(model);
    const found = new Map<string | number, unknown>();
    for (let from = 0; from < ids.length; from += 100) {
      const chunk = ids.slice(from, from + 100);
      const { body } = await call('getRecordsByIds', { model, ids: chunk.map(String) });
      const records = JSON.parse(body.toString()) as { id: string | number }[];
      const byId = new Map(records.map((record) => [String(record.id), record]));
      for (const id of chunk) if (byId.has(String(id))) found.set(id, byId.get(String(id)));
    }
    return found;
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

  return {
    batchSave,
    batchSend: batchSave,
    batchUpdate: (records: unknown, model: string) => save('batchUpdate', records, model),
    batchDelete: async (records: unknown, model: string) => {
      assertModel(model);
      if (!Array.isArray(records) || records.length === 0) return true;
      const rows = (records as WithId[]).map(({ id, deletedAt }) => ({
        id: String(id),
        deletedAt: deletedAt === undefined ? null : new Date(deletedAt).toISOString(),
      }));
      await call('batchDelete', { model, rows: [...new Map(rows.map((row) => [row.id, row])).values()] });
      return true;
    },
    getRecordsByIds,
    getRecordsById: getRecordsByIds,
    listRecords,
    trackDeletesStart: async (model: string) => void (await window('trackDeletesStart')(model)),
    trackDeletesEnd: window('trackDeletesEnd'),
  };
}
