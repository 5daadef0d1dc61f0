// The SQL functions that write records, called as the page writer calls them; invariants R2, R4, R5 and R7.
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStream, type Stream } from '../records/open-stream.ts';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import type { EnvironmentDb } from './database.ts';
import { events } from './schema/events.ts';
import { streams } from './schema/records.ts';
import { runCounts, syncs } from './schema/syncs.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('commit_page');
});
afterAll(() => test.close());

interface Fixture {
  env: EnvironmentDb;
  stream: Stream;
  syncId: string;
  runId: string;
}

async function setUp(): Promise<Fixture> {
  const { env, connectionId } = await test.environment();
  const stream = await openStream(env, { connectionId, model: 'Contact', variant: 'base' });
  const [syncId, runId] = [randomUUID(), randomUUID()];
  await env.transaction((tx) =>
    tx.insert(syncs).values({
      id: syncId,
      environmentId: env.environmentId,
      connectionId,
      functionId: randomUUID(),
      name: 'contacts',
      desired: 'active',
      nextRunAt: new Date(),
      fence: 5,
    }),
  ); // prettier-ignore
  return { env, stream, syncId, runId };
}

interface Page {
  ids: string[];
  text?: string;
  fence?: number | null;
  bodies?: (Buffer | null)[];
  key?: Buffer;
  event?: Record<string, unknown>;
}

const hashOf = (env: EnvironmentDb, id: string, text: string) => env.cipher.contentHash(`${id}/${text}`);

async function commitPage(
  { env, stream, syncId, runId }: Fixture,
  { ids, text = '', fence = 5, bodies, key, event }: Page,
) {
  const { pages } = env;
  const [row] = await pages<{ added: number; updated: number; unchanged: number; last_seq: string }[]>`
    SELECT * FROM commit_page(${env.environmentId}, ${stream.id}, ${fence === null ? null : syncId}, ${fence}, ${fence === null ? null : runId}, 'Contact',
      ${pages.types.texts(ids)}, ${pages.types.bytes(ids.map((id) => hashOf(env, id, text)))},
      ${pages.types.bytes(bodies ?? ids.map((id) => Buffer.from(`${id}/${text}`)))},
      ${key ? 0 : null}, ${key ?? null}, ${key ? 0 : null}, NULL,
      ${event ? randomUUID() : null}, ${event ? 'test' : null}, ${event ? pages.json(event as never) : null})`;
  return row!;
}

async function deleteRecords(
  { env, stream, syncId, runId }: Fixture,
  ids: string[],
  { fence = 5, at = null as Date | null } = {},
) {
  const { pages } = env;
  const [row] = await pages<{ deleted: number }[]>`
    SELECT delete_records(${env.environmentId}, ${stream.id}, ${syncId}, ${fence}, ${runId}, 'Contact', ${pages.types.texts(ids)},
      ${pages.types.timestamps(ids.map(() => at))}, NULL, NULL, NULL) AS deleted`;
  return row!.deleted;
}

interface Row {
  external_id: string;
  seq: string;
  action: number;
  deleted_at: Date | null;
}

const readAfter = ({ env, stream }: Fixture, after: string | number, limit = 10_000) =>
  env.pages<
    Row[]
  >`SELECT * FROM read_records(${env.environmentId}, ${stream.id}, ${after}, ${limit}, NULL, NULL, NULL)`;

const readStream = async ({ env, stream }: Fixture) =>
  (await env.transaction((tx) => tx.select().from(streams).where(eq(streams.id, stream.id))))[0]!;

const ids = (count: number, prefix = 'r') => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('a page', () => {
  it('numbers its changes densely in the order of the page', async () => {
    const at = await setUp();
    expect(await commitPage(at, { ids: ['c', 'a', 'b'] })).toEqual({
      added: 3,
      updated: 0,
      unchanged: 0,
      last_seq: '3',
    });
    expect(await commitPage(at, { ids: ['b', 'd'], text: 'new' })).toEqual({
      added: 1,
      updated: 1,
      unchanged: 0,
      last_seq: '5',
    });
    const rows = await readAfter(at, 0);
    expect(rows.map(({ external_id, seq, action }) => [external_id, seq, action])).toEqual([
      ['c', '1', 1],
      ['a', '2', 1],
      ['b', '4', 2],
      ['d', '5', 1],
    ]); // prettier-ignore
    expect(await readStream(at)).toMatchObject({ lastSeq: 5n, liveCount: 4 });
  });

  it('changes nothing and takes no number when it is done again, with or without bodies', async () => {
    const at = await setUp();
    await commitPage(at, { ids: ids(50) });
    const before = [...(await readAfter(at, 0))];
    for (const bodies of [undefined, ids(50).map(() => null)]) {
      const again = await commitPage(at, { ids: ids(50), ...(bodies && { bodies }) });
      expect(again).toEqual({ added: 0, updated: 0, unchanged: 50, last_seq: '50' });
    }
    expect([...(await readAfter(at, 0))]).toEqual(before);
  });

  it('costs less than 1 KB of WAL when nothing changed', async () => {
    const at = await setUp();
    await commitPage(at, { ids: ids(50) });
    const { pages, environmentId } = at.env;
    const hashes = ids(50).map((id) => hashOf(at.env, id, ''));
    const costs: number[] = [];
    for (let n = 0; n < 5; n++) {
      // What this statement wrote, whoever else writes to the server; a checkpoint makes the first touch of a page dear.
      const [plan] = await pages<{ 'QUERY PLAN': [{ Plan: { 'WAL Bytes': number } }] }[]>`
        EXPLAIN (ANALYZE, WAL, FORMAT JSON)
        SELECT * FROM commit_page(${environmentId}, ${at.stream.id}, ${at.syncId}, 5, ${at.runId}, 'Contact',
          ${pages.types.texts(ids(50))}, ${pages.types.bytes(hashes)}, ${pages.types.bytes(hashes.map(() => null))},
          NULL, NULL, NULL, NULL, NULL, NULL, NULL)`;
      costs.push(plan!['QUERY PLAN'][0].Plan['WAL Bytes']);
    }
    expect(Math.min(...costs)).toBeGreaterThan(0);
    expect(Math.min(...costs)).toBeLessThan(1_024);
  });

  it('of a stale fence is refused whole', async () => {
    const at = await setUp();
    await expect(commitPage(at, { ids: ['a'], fence: 4 })).rejects.toMatchObject({ code: 'SL001' });
    await expect(deleteRecords(at, ['a'], { fence: 6 })).rejects.toMatchObject({ code: 'SL001' });
    expect((await readAfter(at, 0)).length).toBe(0);
  });

  it('for a stream that is gone is refused', async () => {
    const at = await setUp();
    await expect(commitPage({ ...at, stream: { ...at.stream, id: 999_999 } }, { ids: ['a'] })).rejects.toMatchObject({
      code: 'SL002',
    });
  });

  it('that lacks the body of a changed record is refused whole', async () => {
    const at = await setUp();
    await commitPage(at, { ids: ['a', 'b'] });
    const body = Buffer.from('x');
    const attempt = commitPage(at, {
      ids: ['new', 'a', 'b'],
      text: 'changed',
      bodies: [body, null, body],
      event: { n: 1 },
    });
    await expect(attempt).rejects.toMatchObject({ code: '23502' });
    expect(await readStream(at)).toMatchObject({ lastSeq: 2n, liveCount: 2 });
    expect((await readAfter(at, 0)).length).toBe(2);
    expect(await at.env.transaction((tx) => tx.select().from(events))).toEqual([]);
  });

  it('commits its counts, its journal entry and its event with its records', async () => {
    const at = await setUp();
    const key = randomBytes(16);
    await commitPage(at, { ids: ids(3), key, event: { n: 1 } });
    await commitPage(at, { ids: ids(4), key, event: { n: 2 } });
    const counts = await at.env.transaction((tx) => tx.select().from(runCounts));
    expect(counts).toEqual([expect.objectContaining({ pages: 2, added: 4, updated: 0, unchanged: 3 })]);
    const journalled = await at.env.transaction((tx) => tx.execute(sql`SELECT kind, occurrence FROM journal`));
    expect([...journalled]).toEqual([{ kind: 2, occurrence: 0 }]);
    expect((await at.env.transaction((tx) => tx.select().from(events))).length).toBe(2);
  });
});

describe('a look', () => {
  it('names the rows whose bodies the commit will want', async () => {
    const at = await setUp();
    await commitPage(at, { ids: ['same', 'changed', 'gone'] });
    await deleteRecords(at, ['gone']);
    const { pages, environmentId } = at.env;
    const wanted = ['same', 'new', 'changed', 'gone'];
    const hashes = wanted.map((id) => hashOf(at.env, id, id === 'changed' ? 'new text' : ''));
    const look = async (list: string[], of: Buffer[]) =>
      (
        await pages<{ wanted: number[] }[]>`
        SELECT look_page(${environmentId}, ${at.stream.id}, ${pages.types.texts(list)}, ${pages.types.bytes(of)}) AS wanted`
      )[0]!.wanted;
    expect((await look(wanted, hashes)).sort()).toEqual([2, 3, 4]);
    expect(await look(['same'], hashes.slice(0, 1))).toEqual([]);
    expect(await look([], [])).toEqual([]);
  });
});

describe('deletes', () => {
  it('take numbers, once; unknown and deleted ids take none', async () => {
    const at = await setUp();
    await commitPage(at, { ids: ['a', 'b', 'c'] });
    const deletedAt = new Date('2026-01-02T03:04:05.678Z');
    expect(await deleteRecords(at, ['c', 'nope', 'a'], { at: deletedAt })).toBe(2);
    expect(await deleteRecords(at, ['a', 'c'])).toBe(0);
    const rows = await readAfter(at, 3);
    expect(rows.map(({ external_id, seq, action }) => [external_id, seq, action])).toEqual([
      ['c', '4', 3],
      ['a', '5', 3],
    ]); // prettier-ignore
    expect(rows[0]!.deleted_at).toEqual(deletedAt);
    expect(await readStream(at)).toMatchObject({ lastSeq: 5n, liveCount: 1 });
  });

  it('are taken back as an addition, even by the same content', async () => {
    const at = await setUp();
    await commitPage(at, { ids: ['a'] });
    await deleteRecords(at, ['a']);
    expect(await commitPage(at, { ids: ['a'] })).toEqual({ added: 1, updated: 0, unchanged: 0, last_seq: '3' });
    expect([...(await readAfter(at, 0))]).toEqual([expect.objectContaining({ action: 1, seq: '3', deleted_at: null })]);
    expect((await readStream(at)).liveCount).toBe(1);
  });
});

describe('eight concurrent writers and a live reader', () => {
  it('lose nothing, and number without gaps in commit order', async () => {
    const at = await setUp();
    const [writers, rounds] = [8, 12];
    const replica = new Map<string, string>();
    let [cursor, done, changes] = ['0', false, 0];

    const follow = (async () => {
      for (;;) {
        const last = done; // read once more after the last commit
        const rows = await readAfter(at, cursor, 7);
        for (const { external_id, seq } of rows) {
          expect(BigInt(seq)).toBeGreaterThan(BigInt(cursor));
          replica.set(external_id, seq);
          cursor = seq;
        }
        if (last && rows.length === 0) return;
        if (rows.length === 0) await sleep(1);
      }
    })();
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        let lastSeq = 0n;
        for (let round = 0; round < rounds; round++) {
          // Half of each page is contended by all writers.
          const page = {
            ids: [...ids(5, `w${writer}-${round}-`), ...ids(5, 'shared')],
            text: `${writer}/${round}`,
            fence: null,
          };
          const { added, updated, last_seq } = await commitPage(at, page);
          changes += added + updated;
          expect(BigInt(last_seq)).toBeGreaterThan(lastSeq);
          lastSeq = BigInt(last_seq);
        }
      }),
    );
    done = true;
    await follow;

    const rows = await readAfter(at, 0);
    expect(Object.fromEntries(replica)).toEqual(
      Object.fromEntries(rows.map(({ external_id, seq }) => [external_id, seq])),
    );
    expect(rows.length).toBe(writers * rounds * 5 + 5);
    expect((await readStream(at)).lastSeq).toBe(BigInt(changes)); // dense: every number was somebody's change
  });
});
