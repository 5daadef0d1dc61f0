// The record calls on the host's side. Each save commits with its journal entry, so that a replayed one is acknowledged
// without a second write: newer data, a webhook's for instance, is never overwritten by a replayed page.

import type { KeyObject } from 'node:crypto';
import { createHash } from 'node:crypto';
import type { EncodedPage } from '../../records/encode-page.ts';
import { readStream } from '../../records/find-stream.ts';
import { mergeRecords } from '../../records/merge-records.ts';
import { openStream, type Stream } from '../../records/open-stream.ts';
import { maxRejects, quarantine, tooManyRejects } from '../../records/quarantine.ts';
import { iterateRecords, readRecordsByIds } from '../../records/read-for-functions.ts';
import { endWindow, openWindow } from '../../syncs/delete-windows.ts';
import type { Calls, RunContext } from './run-context.ts';

interface SaveArgs extends Omit<EncodedPage, 'bodies'> {
  model: string;
  lengths: number[];
}

const listPage = 500;

export function recordCalls(context: RunContext, cursorKey: KeyObject): Calls {
  const { environment, run, target, counters } = context;
  if (!run) return {};
  const { journal, pages, writer, variant, bundleHash } = run;
  const streams = new Map<string, Promise<Stream>>();
  const owner = { syncId: writer.syncId, runId: writer.runId, bundleHash };

  function streamOf(model: string): Promise<Stream> {
    let stream = streams.get(model);
    if (!stream) {
      stream = openStream(environment, { connectionId: target.connection.id, model, variant });
      streams.set(model, stream);
    }
    return stream;
  }

  async function reject({ model, quarantined, duplicates }: SaveArgs): Promise<void> {
    if (duplicates > 0)
      note(context, 'warn', `${model}: ${duplicates} records had an id that came again; the last one was kept.`);
    if (quarantined.length === 0) return;
    counters.quarantined += quarantined.length;
    await quarantine(environment, { stream: await streamOf(model), runId: writer.runId, records: quarantined });
    for (const { id, reason } of quarantined.slice(0, 20))
      note(context, 'error', `${model}: a record was not saved (${reason})`, { id, reason });
    if (counters.quarantined > maxRejects) throw tooManyRejects(counters.quarantined);
  }

  async function save(args: SaveArgs, body: Buffer, merge: boolean) {
    const slot = journal.slot(`${merge ? 'update' : 'save'}|${args.model}|${contentOf(body, args.quarantined)}`);
    if (journal.isSaved(slot)) return {};
    const stream = await streamOf(args.model);
    await reject(args);
    const bodies = split(body, args.lengths);
    counters.saved += args.ids.length;
    if (!merge) {
      await pages.save(stream, { ids: args.ids, bodies }, slot);
      return {};
    }
    const merged = await mergeRecords(environment, stream, { ids: args.ids, bodies });
    if (merged.ignored > 0)
      note(context, 'warn', `${args.model}: batchUpdate ignored ${merged.ignored} ids that are not stored.`);
    await pages.save(stream, merged, slot);
    return {};
  }

  return {
    batchSave: (args, body) => save(args as unknown as SaveArgs, body, false),
    batchUpdate: (args, body) => save(args as unknown as SaveArgs, body, true),
    async batchDelete(args) {
      const { model, rows } = args as { model: string; rows: { id: string; deletedAt: string | null }[] };
      const slot = journal.slot(`delete|${model}|${JSON.stringify(rows)}`);
      if (journal.isSaved(slot)) return {};
      const deletedAt = rows.map((row) => (row.deletedAt === null ? null : new Date(row.deletedAt)));
      await pages.delete(await streamOf(model), { ids: rows.map(({ id }) => id), deletedAt }, slot);
      return {};
    },
    async trackDeletesStart(args) {
      await openWindow(environment, (await streamOf(args['model'] as string)).id, owner);
      return {};
    },
    async trackDeletesEnd(args) {
      return {
        result: { deletedKeys: await endWindow(environment, (await streamOf(args['model'] as string)).id, owner) },
      };
    },
    async getRecordsByIds(args) {
      const { model, ids } = args as { model: string; ids: string[] };
      const found = await readRecordsByIds(environment, { streamId: (await streamOf(model)).id, ids, cursorKey });
      return { body: Buffer.from(`[${[...found.values()].join(',')}]`) };
    },
    async listRecords(args) {
      const { model, cursor, until } = args as { model: string; cursor: string | null; until?: string };
      const stream = await readStream(environment, { cursorKey, streamId: (await streamOf(model)).id });
      // Between our own pages the position is a plain number; the author's first cursor is one of the API's.
      const afterSeq =
        cursor === null ? 0n : until !== undefined ? BigInt(cursor) : stream.cursors.decode(cursor, stream.lastSeq);
      const untilSeq = until === undefined ? stream.lastSeq : BigInt(until);
      const records: string[] = [];
      for await (const json of iterateRecords(environment, { stream, afterSeq, untilSeq })) {
        if (records.push(json) === listPage) break;
      }
      const last = records.at(-1);
      const position = last === undefined ? null : String(stream.cursors.decode(cursorOf(last), stream.lastSeq));
      return {
        result: { cursor: position, until: String(untilSeq), more: records.length === listPage },
        body: Buffer.from(`[${records.join(',')}]`),
      };
    },
  };
}

const cursorOf = (json: string): string =>
  (JSON.parse(json) as { _nango_metadata: { cursor: string } })._nango_metadata.cursor;

function contentOf(body: Buffer, quarantined: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(quarantined)).update(body).digest('base64');
}

function split(body: Buffer, lengths: number[]): Buffer[] {
  let at = 0;
  return lengths.map((length) => {
    const part = body.subarray(at, at + length);
    at += length;
    return part;
  });
}

export function note(
  { logs, environment, operationId }: RunContext,
  level: 'warn' | 'error',
  message: string,
  details?: Record<string, unknown>,
): void {
  logs.message({
    environmentId: environment.environmentId,
    operationId,
    source: 'internal',
    level,
    context: 'script',
    message,
    ...(details && { details }),
  });
}
