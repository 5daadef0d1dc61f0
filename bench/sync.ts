// One sync end to end: new, unchanged, and with each tenth record changed; beside it the lean upsert and the bare fetch.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { command, type Run, readStatus } from '../test/e2e/syncs.ts';
import { waitFor } from '../test/e2e/wait-for.ts';
import { createLeanTable } from './lean-upsert.ts';
import type { Options } from './options.ts';
import { describeCpu, readUsage } from './process-usage.ts';
import { awaitQuiet, watchOthers } from './quiet-box.ts';
import { createSeries, type Figure, figure, median, megabytes, perSecond, round } from './report.ts';
import { type System, startSystem } from './system.ts';
import { readMemory, watchMemory } from './watch-memory.ts';

const cases = ['new', 'same', 'tenth'] as const;
type Case = (typeof cases)[number];
const wishes: Record<Case, object> = {
  new: { rev: 1, alterEvery: 0, mark: '' },
  same: { rev: 1, alterEvery: 0, mark: '' },
  tenth: { rev: 1, alterEvery: 10, mark: 'altered' },
};
const referenceBatches = [100, 1_000];

export async function benchSync(options: Options): Promise<Figure[]> {
  const system = await startSystem(options);
  try {
    const idle = options.idle ? await measureIdle(system) : [];
    const { noisy: noisyBefore } = await awaitQuiet(system.started);
    await warmUp(system);
    const lean = await createLeanTable(system.databaseUrl, options.total);
    const rates = createSeries();
    const cpu = createSeries();
    let peak = readMemory(system.ours());
    let noisy = noisyBefore;
    for (let number = 1; number <= options.rounds; number++) {
      const readOthers = watchOthers(system.started);
      const parts: string[] = [];
      for (const one of cases) {
        const done = await measureRun(system, { one, connection: `round-${number}`, total: options.total });
        rates.add(`sync.${one}`, done.rate);
        cpu.add(one, done.cpuUs);
        if (done.peak.rssBytes > peak.rssBytes) peak = done.peak;
        parts.push(`${one} ${done.text}`);
      }
      for (const batch of referenceBatches) {
        await lean.clear();
        rates.add(`lean.new.${batch}`, await lean.upsert(1, batch));
        rates.add(`lean.same.${batch}`, await lean.upsert(1, batch));
      }
      rates.add('fetch', await fetchAll(system.upstreamUrl, options.total));
      const others = readOthers();
      noisy ||= others.noisy;
      const references = rates.names().filter((id) => !id.startsWith('sync.'));
      console.log(`round ${number}, others: ${others.percent} % of a core\n  ${parts.join('\n  ')}`);
      console.log(`  references: ${references.map((id) => `${id} ${round(rates.of(id).at(-1)!)}/s`).join(', ')}`);
    }
    await lean.close();
    const ratio = (id: string, reference: string) => round(median(rates.of(id)) / median(rates.of(reference)));
    const common = { unit: 'records/s', noisy, total: options.total, page: 100 };
    const costs = cases.map((one) => figure(`sync.cpu.${one}`, cpu.of(one), { unit: 'us/record', noisy }));
    return [
      figure('sync.new', rates.of('sync.new'), {
        ...common,
        target: { min: 8_000 },
        ofLean100: ratio('sync.new', 'lean.new.100'),
      }),
      figure('sync.same', rates.of('sync.same'), {
        ...common,
        target: { min: 15_000 },
        ofLean100: ratio('sync.same', 'lean.same.100'),
      }),
      figure('sync.tenth', rates.of('sync.tenth'), common),
      ...rates
        .names()
        .flatMap((id) => (id.startsWith('sync.') ? [] : [figure(`reference.${id}`, rates.of(id), common)])),
      ...costs,
      figure('sync.memory', [megabytes(peak.bytes)], {
        rssMb: megabytes(peak.rssBytes),
        unit: 'MB',
        target: { max: 1_200 },
        noisy,
      }),
      ...idle,
    ];
  } finally {
    await system.stop();
  }
}

/** The first run of a process compiles and connects; it is not measured. */
async function warmUp(system: System): Promise<void> {
  const { deployFunctions } = await import('./deploy-functions.ts');
  const file = new URL('./functions/copy-items.ts', import.meta.url).pathname;
  await deployFunctions(system.api, system.integration, [{ file, kind: 'sync' }]);
  await measureRun(system, { one: 'new', connection: 'warm', total: 5_000 });
}

interface FinishedRun extends Run {
  finished_at: string;
  pages: number;
}

interface Measurement {
  one: Case;
  connection: string;
  total: number;
}

async function measureRun(system: System, { one, connection, total }: Measurement) {
  const { api, sql, integration } = system;
  const place = { integration, connection, sync: 'copy-items' };
  await system.connect(connection, { total, ...wishes[one] });
  const before = await counters(sql);
  const cpuFrom = readUsage(system.ours());
  const readPeak = watchMemory(system.ours);
  const { id } = await readStatus(api, place);
  const latest = async () =>
    (await api.ok<{ data: FinishedRun[] }>('GET', `/syncs/${id}/runs`, { query: { limit: '1' } })).data[0];
  const number = ((await latest())?.number ?? 0) + 1;
  await command(api, 'trigger', place);
  const finished = async () => {
    const newest = await latest();
    return newest?.number === number && newest.finished_at !== null ? newest : undefined;
  };
  // Seldom: asking costs CPU too, and the times are the run's own.
  const run = await waitFor('the run ends', finished, { deadlineMs: 900_000, everyMs: 300 });
  const peak = readPeak();
  const usage = readUsage(system.ours());
  await sleep(1_200); // backends report their counters once a second
  const after = await counters(sql);
  check(run, one, total);
  const ms = Date.parse(run.finished_at) - Date.parse(run.started_at);
  const rate = perSecond(total, ms);
  const pages = run.pages;
  const cpuUs = ((usage.cpuMs - cpuFrom.cpuMs) * 1000) / total;
  const text =
    `${round(rate)}/s in ${ms} ms, ${round(cpuUs)} us of CPU a record, ${round((after.transactions - before.transactions) / pages)} transactions and ` +
    `${Math.round((after.walBytes - before.walBytes) / pages)} B of WAL a page, us of CPU a record: ${describeCpu(cpuFrom, usage, total / 1000)}; ` +
    `${megabytes(peak.bytes)} MB (plain sum ${megabytes(peak.rssBytes)}: ${peak.text})`;
  return { rate, cpuUs, peak, text };
}

/** A figure counts only when the run did all of its work and nothing else. */
function check({ state, results, error }: Run, one: Case, total: number): void {
  const { added = 0, updated = 0, unchanged = 0, deleted = 0, quarantined = 0 } = results['Item'] ?? {};
  const tenth = Math.floor(total / 10);
  const wanted = {
    new: [total, 0, 0],
    same: [0, 0, total],
    tenth: [0, tenth, total - tenth],
  }[one];
  const got = [added, updated, unchanged];
  if (state === 'succeeded' && got.join() === wanted.join() && deleted + quarantined === 0) return;
  throw new Error(
    `The run (${one}) ended ${state} with ${got} added, updated, unchanged; not ${wanted}. ${error?.message ?? ''}`,
  );
}

async function counters(sql: System['sql']): Promise<{ transactions: number; walBytes: number }> {
  const [row] = await sql<{ transactions: string; wal: string }[]>`
    SELECT (SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database WHERE datname = current_database()) AS transactions,
      pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal`;
  return { transactions: Number(row!.transactions), walBytes: Number(row!.wal) };
}

/** One page after the other, parsed, nothing kept. */
async function fetchAll(origin: string, total: number): Promise<number> {
  const client = new Client(origin);
  const from = performance.now();
  for (let page = 1; page <= total / 100; page++) {
    const { body } = await client.request({ path: `/items?page=${page}&total=${total}&rev=1`, method: 'GET' });
    JSON.parse(await body.text());
  }
  const rate = perSecond(total, performance.now() - from);
  await client.close();
  return rate;
}

async function measureIdle(system: System): Promise<Figure[]> {
  await sleep(60_000);
  const peak = readMemory(system.ours());
  const from = readUsage(system.ours()).cpuMs;
  await sleep(5_000);
  const cpuPercent = round((readUsage(system.ours()).cpuMs - from) / 50);
  const rssMb = megabytes(peak.rssBytes);
  console.log(`idle: ${megabytes(peak.bytes)} MB (plain sum ${rssMb}: ${peak.text}), ${cpuPercent} % of a core`);
  return [
    figure('idle', [megabytes(peak.bytes)], { unit: 'MB', target: { max: 700 }, noisy: false, rssMb, cpuPercent }),
  ];
}
