// `GET /records` through a stream, 10,000 and 100 a page; beside it the bare SELECT of the same rows.
import { Client } from 'undici';
import { createItem } from '../simulator/items.ts';
import { command, waitForRun } from '../test/e2e/syncs.ts';
import { deployFunctions } from './deploy-functions.ts';
import type { Options } from './options.ts';
import { describeCpu, readUsage } from './process-usage.ts';
import { awaitQuiet, watchOthers } from './quiet-box.ts';
import { createSeries, type Figure, figure, median, megabytes, perSecond, round } from './report.ts';
import { type System, startSystem } from './system.ts';
import { watchMemory } from './watch-memory.ts';

const limits = [10_000, 100];
const targets: Record<number, { min: number }> = { 10000: { min: 50_000 } };

export async function benchRecords(options: Options): Promise<Figure[]> {
  const system = await startSystem(options);
  try {
    await fill(system, options.total);
    let { noisy } = await awaitQuiet(system.started);
    const rates = createSeries();
    const pages = createSeries();
    let peakBytes = 0;
    await readAll(system, { limit: 10_000, total: options.total }); // caches and compiled code as in a running instance
    for (let number = 1; number <= options.rounds; number++) {
      const readOthers = watchOthers(system.started);
      const parts: string[] = [];
      for (const limit of limits) {
        const readPeak = watchMemory(system.ours, 100);
        const cpuFrom = readUsage(system.ours());
        const read = await readAll(system, { limit, total: options.total });
        const cpuText = describeCpu(cpuFrom, readUsage(system.ours()), options.total / 1000);
        peakBytes = Math.max(peakBytes, readPeak().bytes);
        const bare = await selectAll(system, { limit, total: options.total });
        rates.add(`ours.${limit}`, read.rate);
        rates.add(`select.${limit}`, bare);
        pages.add(`page.${limit}`, ...read.pagesMs);
        parts.push(
          `limit ${limit}: ${round(read.rate)} rows/s, us of CPU a row: ${cpuText}; bare SELECT ${round(bare)} rows/s`,
        );
      }
      const others = readOthers();
      noisy ||= others.noisy;
      console.log(`round ${number}, others: ${others.percent} %\n  ${parts.join('\n  ')}`);
    }
    const figures = limits.flatMap((limit) => {
      const sorted = pages.of(`page.${limit}`).sort((a, b) => a - b);
      const ours = rates.of(`ours.${limit}`);
      const bare = rates.of(`select.${limit}`);
      return [
        figure(`records.${limit}`, ours, {
          unit: 'rows/s',
          noisy,
          ...(targets[limit] && { target: targets[limit] }),
          pageP50Ms: round(median(sorted)),
          pageP99Ms: round(sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN),
          ofSelect: round(median(ours) / median(bare)),
        }),
        figure(`reference.select.${limit}`, bare, { unit: 'rows/s', noisy }),
      ];
    });
    return [...figures, figure('records.memory', [megabytes(peakBytes)], { unit: 'MB', noisy })];
  } finally {
    await system.stop();
  }
}

async function fill(system: System, total: number): Promise<void> {
  const file = new URL('./functions/copy-items.ts', import.meta.url).pathname;
  await deployFunctions(system.api, system.integration, [{ file, kind: 'sync' }]);
  await system.connect('read', { total, rev: 1, alterEvery: 0, mark: '' });
  const place = { integration: system.integration, connection: 'read', sync: 'copy-items' };
  await command(system.api, 'trigger', place);
  const run = await waitForRun(system.api, place, 1, 600_000);
  if (run.results['Item']?.added !== total) throw new Error(`The stream has ${run.results['Item']?.added} records.`);
}

interface Reading {
  limit: number;
  total: number;
}

interface Page {
  records: { id: number; rev: number; text: string; _nango_metadata: { last_action: string; cursor: string } }[];
  next_cursor: string | null;
}

/** Timed to the last byte of each page; what the reader does with it is not in the figure. @throws Error for a wrong record */
async function readAll({ url, key, integration }: System, { limit, total }: Reading) {
  const client = new Client(url, { headersTimeout: 60_000 });
  const headers = { authorization: `Bearer ${key}`, 'provider-config-key': integration, 'connection-id': 'read' };
  const pagesMs: number[] = [];
  let seen = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path: string = `/records?model=Item&limit=${limit}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const from = performance.now();
    const { statusCode, body } = await client.request({ path, method: 'GET', headers });
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    pagesMs.push(performance.now() - from);
    const text = Buffer.concat(chunks).toString();
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${text.slice(0, 500)}`);
    const page = JSON.parse(text) as Page;
    for (const record of page.records) check(record, ++seen);
    cursor = page.next_cursor;
  }
  await client.close();
  if (seen !== total) throw new Error(`${seen} records were read of ${total}.`);
  return {
    rate: perSecond(
      total,
      pagesMs.reduce((sum, ms) => sum + ms, 0),
    ),
    pagesMs,
  };
}

/** The sync saved them by id, so change order is the order of ids: each once, none missing. Every 97th by content. */
function check(record: Page['records'][number], id: number): void {
  if (record.id !== id) throw new Error(`Record ${record.id} came where ${id} was due.`);
  if (id % 97 !== 0) return;
  const { _nango_metadata: metadata, ...content } = record;
  const expected = createItem(id, 1);
  const same = Object.entries(expected).every(
    ([name, value]) => JSON.stringify(content[name as 'id']) === canonical(value),
  );
  if (!same || metadata.last_action !== 'ADDED')
    throw new Error(`Record ${id} has other content than the provider served.`);
}

/** Records come back with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

async function selectAll({ sql }: System, { limit, total }: Reading): Promise<number> {
  const [stream] = await sql<{ id: string }[]>`SELECT id FROM streams ORDER BY last_seq DESC LIMIT 1`;
  const from = performance.now();
  let after = '0';
  for (;;) {
    const rows = await sql<{ seq: string }[]>`
      SELECT external_id, seq, action, first_seen_at, changed_at, deleted_at, pruned_at, body
      FROM records WHERE stream_id = ${stream!.id} AND seq > ${after} ORDER BY seq LIMIT ${limit}`;
    if (rows.length > 0) after = rows.at(-1)!.seq;
    if (rows.length < limit) break;
  }
  return perSecond(total, performance.now() - from);
}
