// The record calls, answered from memory by the rules of the stored ones.
import { SynclineError } from '../../core/errors.ts';
import { assertMergingStrategy, splitBodies } from '../../core/records/page-args.ts';
import { maxRejects, tooManyRejects } from '../../core/records/reject-limits.ts';
import type { Args, CallResult, Calls } from './calls.ts';
import { createMemoryStream, type Deletion, type MemoryStream, type Row } from './memory-stream.ts';
import type { Timeline } from './timeline.ts';

interface SaveArgs {
  model: string;
  ids: string[];
  lengths: number[];
  quarantined: { id: string | null; reason: string }[];
  duplicates: number;
  /** The script's line. */
  at?: string;
}

export interface RecordSink {
  calls: Calls;
  streams: Map<string, MemoryStream>;
  quarantined: { model: string; id: string | null; reason: string; at?: string }[];
}

const listPage = 500;

export function createRecordSink({
  timeline,
  resumed,
}: {
  timeline: Timeline;
  /** The run began from a checkpoint. */
  resumed: boolean;
}): RecordSink {
  const streams = new Map<string, MemoryStream>();
  const quarantined: RecordSink['quarantined'] = [];
  const streamOf = (model: string): MemoryStream => {
    const stream = streams.get(model) ?? createMemoryStream();
    streams.set(model, stream);
    return stream;
  };

  function reject({ model, quarantined: rejected, duplicates, at }: SaveArgs): void {
    if (duplicates > 0)
      timeline.note('warn', `${model}: ${duplicates} records had an id that came again; the last one was kept.`);
    const by = at === undefined ? {} : { at };
    for (const { id, reason } of rejected) {
      quarantined.push({ model, id, reason, ...by });
      timeline.note('error', `${model}: a record was not saved (${reason})`, { id, reason, ...by });
      if (id === null) streamOf(model).spoilPass();
    }
    if (quarantined.length > maxRejects) throw tooManyRejects(quarantined.length);
  }

  async function save(rawArgs: Args, body: Buffer, how: 'save' | 'update'): Promise<CallResult> {
    const args = rawArgs as unknown as SaveArgs;
    const { model, ids, lengths } = args;
    const bodies = splitBodies(body, lengths);
    reject(args);
    if (how === 'update') {
      const ignored = streamOf(model).update(ids, bodies);
      if (ignored > 0) timeline.note('warn', `${model}: ${ignored} updates are of records that this run did not save.`);
    } else streamOf(model).save(ids, bodies);
    timeline.add({ kind: how, model, count: ids.length });
    return {};
  }

  function endPass(model: string, missing: () => string[]): CallResult {
    const deletedKeys = streamOf(model).endPass() ?? missing();
    timeline.add({ kind: 'pass', model, count: deletedKeys.length });
    return { result: { deletedKeys } };
  }

  const calls: Calls = {
    batchSave: (args, body) => save(args, body, 'save'),
    batchUpdate: (args, body) => save(args, body, 'update'),
    async batchDelete(args) {
      const { model, rows, skipped } = args as unknown as { model: string; rows: Deletion[]; skipped: number };
      if (skipped > 0) timeline.note('warn', `${model}: batchDelete ignored ${skipped} entries without a usable id.`);
      streamOf(model).delete(rows);
      timeline.add({ kind: 'delete', model, count: rows.length });
      return {};
    },
    async setMergingStrategy({ strategy }) {
      assertMergingStrategy(strategy);
      return {};
    },
    async trackDeletesStart(args) {
      streamOf(String(args['model'])).openPass();
      return {};
    },
    trackDeletesEnd: async (args) =>
      endPass(String(args['model']), () => {
        throw new SynclineError(
          'delete_tracking_not_started',
          'trackDeletesEnd was called without trackDeletesStart.',
          {
            status: 400,
            hint: 'Call trackDeletesStart for this model before the first batchSave.',
          },
        );
      }),
    async deleteRecordsFromPreviousExecutions(args) {
      if (!resumed) return endPass(String(args['model']), () => []);
      const message = 'This run began from a checkpoint, so what it was not served may well exist.';
      throw new SynclineError('delete_tracking_incomplete', message, { status: 400 });
    },
    async getRecordsByIds(args) {
      const { model, ids } = args as unknown as { model: string; ids: string[] };
      const { rows } = streamOf(model);
      const found = ids.flatMap((id) => rows.get(id) ?? []);
      return { result: { complete: true }, body: Buffer.from(`[${found.map(withMetadata).join(',')}]`) };
    },
    async listRecords(args) {
      const { model, cursor, until } = args as { model: string; cursor: string | null; until?: string };
      const stream = streamOf(model);
      const last = until === undefined ? stream.lastSeq() : Number(until);
      const after = cursor === null ? 0 : Number(cursor);
      const rest = [...stream.rows.values()].filter(({ seq }) => seq > after && seq <= last);
      const page = rest.slice(0, listPage);
      return {
        result: {
          cursor: page.length === 0 ? null : String(page.at(-1)!.seq),
          until: String(last),
          more: rest.length > page.length,
        },
        body: Buffer.from(`[${page.map(withMetadata).join(',')}]`),
      };
    },
  };
  return { calls, streams, quarantined };
}

function withMetadata({ body, seq, action, firstSeenAt, changedAt, deletedAt }: Row): string {
  const metadata = {
    first_seen_at: firstSeenAt,
    last_modified_at: changedAt,
    last_action: action,
    deleted_at: deletedAt,
    pruned_at: null,
    cursor: String(seq),
  };
  const own = body.toString().slice(1, -1);
  return `{${own}${own === '' ? '' : ','}"_nango_metadata":${JSON.stringify(metadata)}}`;
}
