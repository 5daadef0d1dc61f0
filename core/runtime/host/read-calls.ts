// A script reads records: by id, or all of them in change order, as many at a time as an answer has room for.
import type { KeyObject } from 'node:crypto';
import { readStream } from '../../records/find-stream.ts';
import type { Stream } from '../../records/open-stream.ts';
import { iterateRecords, readRecordsByIds } from '../../records/read-for-functions.ts';
import type { Calls, RunContext } from './run-context.ts';

const listPage = 500;
/** Of JSON text in one answer; a single record may be larger. */
const maxAnswerLength = 8 * 1024 * 1024;

interface ReadOptions {
  cursorKey: KeyObject;
  streamOf(model: string): Promise<Stream>;
}

export function readCalls({ environment }: RunContext, { cursorKey, streamOf }: ReadOptions): Calls {
  return {
    async getRecordsByIds(args) {
      const { model, ids } = args as { model: string; ids: string[] };
      const { id: streamId } = await streamOf(model);
      const found = await readRecordsByIds(environment, { streamId, ids, cursorKey, maxLength: maxAnswerLength });
      const texts = [...found.values()];
      // Too much for one answer: the guest asks again for those that it has not got.
      const complete = texts.reduce((length, text) => length + text.length, 0) <= maxAnswerLength;
      return { result: { complete }, body: Buffer.from(`[${texts.join(',')}]`) };
    },
    async listRecords(args) {
      const { model, cursor, until } = args as { model: string; cursor: string | null; until?: string };
      const stream = await readStream(environment, { cursorKey, streamId: (await streamOf(model)).id });
      // Between our own pages the position is a plain number; the author's first cursor is one of the API's.
      const afterSeq =
        cursor === null ? 0n : until !== undefined ? BigInt(cursor) : stream.cursors.decode(cursor, stream.lastSeq);
      const untilSeq = until === undefined ? stream.lastSeq : BigInt(until);
      const records: string[] = [];
      let length = 0;
      let more = false;
      for await (const json of iterateRecords(environment, { stream, afterSeq, untilSeq })) {
        length += json.length;
        more = records.push(json) === listPage || length > maxAnswerLength;
        if (more) break;
      }
      const last = records.at(-1);
      const position = last === undefined ? null : String(stream.cursors.decode(cursorOf(last), stream.lastSeq));
      return {
        result: { cursor: position, until: String(untilSeq), more },
        body: Buffer.from(`[${records.join(',')}]`),
      };
    },
  };
}

const cursorOf = (json: string): string =>
  (JSON.parse(json) as { _nango_metadata: { cursor: string } })._nango_metadata.cursor;
