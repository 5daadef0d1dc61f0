// The record calls on the host's side. Each save commits with its journal entry, so that a replayed one is acknowledged
// without a second write: newer data, a webhook's for instance, is never overwritten by a replayed page.

import type { KeyObject } from 'node:crypto';
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { EncodedPage } from '@syncline/functions/records';
import { createCarefulWriter, setMergingMark } from '../../records/careful-writer.ts';
import { chunkSize, type SaveEntry } from '../../records/commit-page.ts';
import { openStream, type Stream } from '../../records/open-stream.ts';
import { assertMergingStrategy, splitBodies } from '../../records/page-args.ts';
import { quarantine } from '../../records/quarantine.ts';
import { maxRejects, tooManyRejects } from '../../records/reject-limits.ts';
import { updateRecords } from '../../records/update-records.ts';
import { openRunWindow } from '../../syncs/run-window.ts';
import { fenced } from './fenced.ts';
import { note } from './log-calls.ts';
import { readCalls } from './read-calls.ts';
import type { Calls, RunContext } from './run-context.ts';
import { trackingCalls } from './tracking-calls.ts';

interface SaveArgs extends Omit<EncodedPage, 'bodies'> {
  model: string;
  lengths: number[];
  /** The script's line, as the guest tells it. */
  at?: unknown;
}

interface Deletion {
  id: string;
  deletedAt: string | null;
}

export function recordCalls(context: RunContext, cursorKey: KeyObject): Calls {
  const { environment, run, records, journal, target, counters } = context;
  if (!records) return {};
  const { pages, variant, writer = null } = records;
  const careful = createCarefulWriter(environment, writer);
  const streams = new Map<string, Promise<Stream>>();
  /** Of each model: what the script asked for in this attempt. */
  const merging = new Map<string, 'override' | 'careful'>();
  let touched = false;

  function streamOf(model: string): Promise<Stream> {
    let stream = streams.get(model);
    if (!stream) {
      stream = open(model);
      stream.catch(() => streams.delete(model));
      streams.set(model, stream);
    }
    return stream;
  }

  async function open(model: string): Promise<Stream> {
    const stream = await openStream(environment, { connectionId: target.connection.id, model, variant });
    if (run?.deletesUnseen && run.beganFrom === null) {
      const { writer, bundleHash, startedAt } = run;
      await fenced(() => openRunWindow(environment, stream.id, { ...writer, bundleHash, startedAt }));
    }
    return stream;
  }

  async function reject({ model, quarantined, duplicates, at }: SaveArgs): Promise<void> {
    if (duplicates > 0)
      note(context, 'warn', `${model}: ${duplicates} records had an id that came again; the last one was kept.`);
    if (quarantined.length === 0) return;
    counters.quarantined += quarantined.length;
    const runId = writer?.runId ?? null;
    await quarantine(environment, { stream: await streamOf(model), runId, records: quarantined });
    const by = typeof at === 'string' ? { at: at.slice(0, 500) } : {};
    for (const { id, reason } of quarantined.slice(0, 20))
      note(context, 'error', `${model}: a record was not saved (${reason})`, { id, reason, ...by });
    if (counters.quarantined > maxRejects) throw tooManyRejects(counters.quarantined);
  }

  function tellLeftAlone(model: string, leftAlone: number): void {
    if (leftAlone > 0)
      note(context, 'warn', `${model}: ${leftAlone} records were changed by somebody else since the mark; they stay.`);
  }

  async function saveCarefully(
    stream: Stream,
    { ids, bodies }: { ids: string[]; bodies: Buffer[] },
    entry?: SaveEntry,
  ) {
    for (let from = 0; from < ids.length || from === 0; from += chunkSize) {
      const to = from + chunkSize;
      const page = { ids: ids.slice(from, to), bodies: bodies.slice(from, to) };
      const saved = await careful.save(stream, page, { entry: to >= ids.length ? entry : undefined });
      tellLeftAlone(stream.model, saved.leftAlone);
    }
  }

  async function save(rawArgs: Record<string, unknown>, body: Buffer, how: 'save' | 'update') {
    const args = rawArgs as unknown as SaveArgs;
    touched = true;
    const slot = journal?.slot(`${how}|${args.model}|${contentOf(body, args.quarantined)}`);
    if (slot && journal?.isSaved(slot)) return {};
    const stream = await streamOf(args.model);
    await reject(args);
    const page = { ids: args.ids, bodies: splitBodies(body, args.lengths) };
    counters.saved += page.ids.length;
    if (how === 'update') {
      const { ignored, leftAlone } = await updateRecords(environment, { stream, writer: careful, page, entry: slot });
      if (ignored > 0) note(context, 'warn', `${args.model}: batchUpdate ignored ${ignored} ids that are not stored.`);
      tellLeftAlone(args.model, leftAlone);
    } else if (merging.get(args.model) === 'careful') await saveCarefully(stream, page, slot);
    else if (run)
      return { committed: turn().then(() => pages.save(stream, page, slot)) }; // hashed once it is answered
    else await pages.save(stream, page, slot);
    return {};
  }

  return {
    batchSave: (args, body) => save(args, body, 'save'),
    batchUpdate: (args, body) => save(args, body, 'update'),
    async batchDelete(args) {
      const { model, rows, skipped } = args as { model: string; rows: Deletion[]; skipped: number };
      touched = true;
      const slot = journal?.slot(`delete|${model}|${JSON.stringify(rows)}`);
      if (slot && journal?.isSaved(slot)) return {};
      if (skipped > 0) note(context, 'warn', `${model}: batchDelete ignored ${skipped} entries without a usable id.`);
      const page = {
        ids: rows.map(({ id }) => id),
        deletedAt: rows.map((row) => (row.deletedAt === null ? null : new Date(row.deletedAt))),
      };
      const stream = await streamOf(model);
      if (merging.get(model) === 'careful') {
        const { leftAlone } = await careful.delete(stream, page, slot);
        tellLeftAlone(model, leftAlone);
      } else await pages.delete(stream, page, slot);
      return {};
    },
    async setMergingStrategy(args) {
      const { model, strategy } = args as { model: string; strategy: unknown };
      assertMergingStrategy(strategy);
      if (merging.has(model)) {
        note(context, 'warn', `${model}: the merging strategy is set already; the second call is ignored.`);
        return {};
      }
      if (touched || counters.requests > 0)
        note(context, 'warn', `${model}: setMergingStrategy belongs before the first request and the first save.`);
      const wanted = strategy === 'override' || !run ? 'override' : 'careful';
      merging.set(model, wanted);
      if (wanted === 'careful') await setMergingMark(environment, await streamOf(model), run!.writer);
      return {};
    },
    ...trackingCalls(context, streamOf),
    ...readCalls(context, { cursorKey, streamOf }),
  };
}

function contentOf(body: Buffer, quarantined: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(quarantined)).update(body).digest('base64');
}
