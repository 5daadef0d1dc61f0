import { get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator, type Delivery, type Fault, faultNames } from '../index.ts';

const simulator = createSimulator({ dataset: { count: 250 } });
beforeAll(async () => void (await simulator.listen()));
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** A client as strict as ours has to be: framing, coding, JSON. Rejects with what went wrong. */
function fetchStrictly(path: string, fault: Fault | string, timeoutMs = 10_000): Promise<Answer> {
  const headers = {
    'x-api-key': 'sim-key',
    'x-simulator-fault': typeof fault === 'string' ? fault : JSON.stringify(fault),
  };
  return new Promise((resolve, reject) => {
    const request = get(`${simulator.url}${path}`, { headers, agent: false }, async (response) => {
      try {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part as Buffer);
        const body = Buffer.concat(parts);
        const plain =
          response.headers['content-encoding'] === 'gzip' ? gunzipSync(body, { maxOutputLength: 10_000_000 }) : body;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: plain.toString('utf8') });
      } catch (cause) {
        reject(cause);
      }
    });
    request.on('error', reject);
    request.setTimeout(timeoutMs, () => request.destroy(new Error('timeout')));
  });
}

async function outcome(path: string, fault: Fault | string, timeoutMs?: number): Promise<string> {
  try {
    const { status, text } = await fetchStrictly(path, fault, timeoutMs);
    if (status !== 200) return String(status);
    return Array.isArray(JSON.parse(text)) ? 'list' : 'other json';
  } catch (cause) {
    if (cause instanceof SyntaxError) return 'bad json';
    return cause instanceof Error && cause.message === 'timeout' ? 'timeout' : 'error';
  }
}

const lists = [
  'slow-drip',
  'null-rows',
  'poison-rows',
  'list-empty',
  'duplicate-keys',
  'wrong-charset',
  'deep-json',
  'repeated-cursor',
];
const more = [
  'cross-origin-next',
  'more-after-last',
  'end-too-early',
  'duplicate-page',
  'late-page',
  'shift-insert',
  'shift-delete',
];
const expected: Record<string, string> = {
  ...Object.fromEntries([...lists, ...more, 'schema-drift'].map((name) => [name, 'list'])),
  ...Object.fromEntries(['slow-headers', 'no-answer', 'stall-mid-body'].map((name) => [name, 'timeout'])),
  ...Object.fromEntries(
    ['error-in-200', 'list-missing', 'list-null', 'list-object'].map((name) => [name, 'other json']),
  ),
  ...Object.fromEntries(['html', 'empty', 'json-truncated'].map((name) => [name, 'bad json'])),
  'rate-limit-seconds': '429',
  'rate-limit-date': '429',
  'rate-limit-bare': '429',
};

it.each(faultNames.filter((name) => name !== 'refused'))('does what it says to a strict client: %s', async (name) => {
  simulator.dataset.edit('c0000002');
  const seen = await outcome(
    name === 'slow-drip' ? '/contacts?per_page=1' : '/contacts?page=2',
    name === 'slow-drip' ? { dripMs: 10 } : name,
    expected[name] === 'timeout' ? 400 : undefined,
  );
  expect(seen).toBe(expected[name] ?? (name.startsWith('status-') ? name.slice(7) : 'error'));
  const deliveries = simulator.served.list().map((answer) => answer.delivery);
  if (seen === 'list') return; // told apart below
  // A settled log may lag a broken connection by a moment; what it must never say is that the rows arrived.
  expect(deliveries).not.toContain('whole');
});

it('refuses connections after the fault of that name, then serves again', async () => {
  expect(await outcome('/contacts', { refuseForMs: 150 })).toBe('error');
  await expect(fetchStrictly('/contacts', {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect.poll(() => outcome('/contacts', {}), { timeout: 3000 }).toBe('list');
});

const framings: [string, Fault][] = [
  ['a length', {}],
  ['chunks', { chunked: true }],
];

it.each(framings)('cut anywhere with %s is always an error, and never counts as served', async (_, framing) => {
  const path = '/contacts?per_page=20';
  const { text } = await fetchStrictly(path, framing);
  const bytes = Buffer.byteLength(text);
  simulator.served.clear();
  for (let cutAfterBytes = 0; cutAfterBytes < bytes; cutAfterBytes += 500) {
    expect(await outcome(path, { ...framing, cutAfterBytes }), `at ${cutAfterBytes}`).toBe('error');
  }
  expect(simulator.served.latest().size).toBe(0);
  expect(await outcome(path, { ...framing, cutAfterBytes: bytes })).toBe('list');
  await expect.poll(() => simulator.served.latest().size).toBe(20);
});

it.each<[string, Delivery]>([
  ['null-rows', 'whole'],
  ['repeated-cursor', 'whole'],
  ['wrong-charset', 'unknown'],
  ['duplicate-keys', 'unknown'],
  ['gzip-bad-crc', 'broken'],
  ['reset-mid-body', 'broken'],
])('logs %s as %s', async (name, delivery) => {
  await outcome('/contacts', name);
  await expect.poll(() => simulator.served.list().map((answer) => answer.delivery)).toEqual([delivery]);
});

const rowsOf = ({ text }: Answer) =>
  (JSON.parse(text) as ({ id: string; revision: number; company: string } | null)[]).filter((row) => row !== null);

it('loses no row to nulls among them', async () => {
  const { text } = await fetchStrictly('/contacts', 'null-rows');
  expect(JSON.parse(text)).toHaveLength(103);
  expect(rowsOf(await fetchStrictly('/contacts', 'null-rows'))).toHaveLength(100);
});

it('serves a late page as it was, and says so in the log', async () => {
  simulator.dataset.edit('c0000001', { company: 'Now' });
  const [late] = rowsOf(await fetchStrictly('/contacts?per_page=2', 'late-page'));
  expect(late).toEqual(simulator.dataset.at('c0000001', 1));
  expect(simulator.served.latest().get('c0000001')).toBe(1);
});

it('repeats the page before in front of a duplicate one', async () => {
  const rows = rowsOf(await fetchStrictly('/contacts?page=2', 'duplicate-page'));
  expect([rows.length, rows[0]?.id, rows[100]?.id]).toEqual([200, 'c0000001', 'c0000101']);
});

it('lies about the end in both directions', async () => {
  const cursor = async (fault: string, limit: number) =>
    (
      JSON.parse((await fetchStrictly(`/cursor/contacts?limit=${limit}`, fault)).text) as {
        meta: { next_cursor: string | null };
      }
    ).meta;
  expect(await cursor('end-too-early', 10)).toEqual({ next_cursor: null, has_more: false });
  const { next_cursor } = await cursor('more-after-last', 1000);
  const beyond = await fetchStrictly(`/cursor/contacts?cursor=${next_cursor}`, {});
  expect(JSON.parse(beyond.text)).toEqual({ data: [], meta: { next_cursor: null, has_more: false } });
});

it('leads a repeated cursor back to its own page', async () => {
  const page = async (query: string, fault: Fault | string) =>
    JSON.parse((await fetchStrictly(`/cursor/contacts?limit=10${query}`, fault)).text) as {
      data: unknown;
      meta: { next_cursor: string };
    };
  const first = await page('', 'repeated-cursor');
  expect((await page(`&cursor=${first.meta.next_cursor}`, {})).data).toEqual(first.data);
});

it('sends the next link to another origin', async () => {
  expect((await fetchStrictly('/contacts', 'cross-origin-next')).headers.link).toContain(
    '<http://elsewhere.invalid/contacts',
  );
});

it('leaves the world as it was when a status answers, unless the work is to be done', async () => {
  const create = (fault: Fault) =>
    fetch(`${simulator.url}/contacts`, {
      method: 'POST',
      headers: { 'x-api-key': 'sim-key', 'x-simulator-fault': JSON.stringify(fault) },
      body: '{}',
    });
  expect((await create({ status: 500 })).status).toBe(500);
  expect(simulator.dataset.liveCount).toBe(250);
  expect((await create({ status: 500, processed: true })).status).toBe(500);
  expect(simulator.dataset.liveCount).toBe(251);
});

it('counts a retry that comes before the time of a scripted 429', async () => {
  await outcome('/me', 'rate-limit-seconds');
  await outcome('/me', {});
  expect(simulator.counters()).toMatchObject({ earlyRequests: 1, faults: { 'rate-limit-seconds': 1 } });
});

it('answers 400 to a fault it does not know', async () => {
  expect(await outcome('/me', 'no-such-fault')).toBe('400');
});
