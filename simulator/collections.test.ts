import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSimulator } from './index.ts';

const simulator = createSimulator({ dataset: { count: 253 } });
const headers = { 'x-api-key': 'sim-key' };
beforeAll(async () => void (await simulator.listen()));
afterAll(() => simulator.close());

interface Row {
  id: string;
  deleted_at?: string;
}
type Read = (url: string) => Promise<{ rows: Row[]; next: string | undefined }>;

async function get(url: string): Promise<{ body: never; link: string | null }> {
  const response = await fetch(url, { headers });
  expect(response.status).toBe(200);
  return { body: (await response.json()) as never, link: response.headers.get('link') };
}

const readers: Record<string, { first: string; read: Read }> = {
  'link header': {
    first: '/contacts?per_page=50',
    read: async (url) => {
      const { body, link } = await get(url);
      return { rows: body, next: /<([^>]+)>; rel="next"/.exec(link ?? '')?.[1] };
    },
  },
  'link in the body': {
    first: '/linked/contacts?limit=50',
    read: async (url) => {
      const { results, next }: { results: Row[]; next: string | null } = (await get(url)).body;
      return { rows: results, next: next ?? undefined };
    },
  },
  cursor: {
    first: '/cursor/contacts?limit=50',
    read: async (url) => {
      const { data, meta }: { data: Row[]; meta: { next_cursor: string | null; has_more: boolean } } = (await get(url))
        .body;
      expect(meta.has_more).toBe(meta.next_cursor !== null);
      return {
        rows: data,
        next: meta.next_cursor ? `${simulator.url}/cursor/contacts?limit=50&cursor=${meta.next_cursor}` : undefined,
      };
    },
  },
  offset: {
    first: '/offset/contacts?limit=50',
    read: async (url) => {
      const { items, total, offset }: { items: Row[]; total: number; offset: number } = (await get(url)).body;
      const next = offset + items.length;
      return {
        rows: items,
        next: next < total ? `${simulator.url}/offset/contacts?limit=50&offset=${next}` : undefined,
      };
    },
  },
  'page number': {
    first: '/paged/contacts?page_size=50',
    read: async (url) => {
      const { data, page, total_pages }: { data: Row[]; page: number; total_pages: number } = (await get(url)).body;
      return {
        rows: data,
        next: page < total_pages ? `${simulator.url}/paged/contacts?page_size=50&page=${page + 1}` : undefined,
      };
    },
  },
};

async function readAll({ first, read }: { first: string; read: Read }, between?: () => void): Promise<string[]> {
  const ids: string[] = [];
  let url: string | undefined = simulator.url + first;
  for (let pages = 0; url !== undefined && pages < 50; pages += 1) {
    const { rows, next } = await read(url);
    ids.push(...rows.map((row) => row.id));
    url = next;
    between?.();
  }
  return ids;
}

it.each(Object.keys(readers))('serves every row once, in order, by %s', async (name) => {
  simulator.reset();
  const ids = await readAll(readers[name]!);
  expect(ids).toEqual(simulator.dataset.select().map((index) => simulator.dataset.read(index)?.id));
  expect([...simulator.served.latest().keys()]).toEqual(ids);
});

it('keeps a cursor right while rows before it are deleted, and loses rows by offset, as providers do', async () => {
  const lost: Record<string, number> = {};
  for (const name of ['cursor', 'offset']) {
    simulator.reset();
    let victim = 0;
    const ids = new Set(
      await readAll(readers[name]!, () => simulator.dataset.remove(simulator.dataset.read(victim++)?.id ?? '')),
    );
    lost[name] = simulator.dataset.select().filter((index) => !ids.has(simulator.dataset.read(index)?.id ?? '')).length;
  }
  expect(lost['cursor']).toBe(0);
  expect(lost['offset']).toBeGreaterThan(0);
});

it('follows a cursor by time past rows that are edited meanwhile, and serves those again', async () => {
  simulator.reset();
  const sorted = { ...readers['link in the body']!, first: '/linked/contacts?limit=50&sort=updated_at' };
  let edits = 0;
  const ids = await readAll(sorted, () => void (edits++ < 3 && simulator.dataset.edit('c0000001')));
  expect(new Set(ids).size).toBe(253);
  expect(ids.filter((id) => id === 'c0000001').length).toBeGreaterThan(1);
});

it('filters by time, with tombstones', async () => {
  simulator.reset();
  const since = simulator.dataset.get('c0000253')?.updated_at ?? '';
  simulator.dataset.edit('c0000003');
  simulator.dataset.remove('c0000004');
  const url = `${simulator.url}/contacts?updated_after=${since}`;
  const { body }: { body: Row[] } = await get(url);
  expect(body.map((row) => row.id)).toEqual(['c0000003']);
  const all: { body: Row[] } = await get(`${url}&include_deleted=true`);
  expect(all.body.map((row) => [row.id, row.deleted_at !== undefined])).toEqual([
    ['c0000003', false],
    ['c0000004', true],
  ]);
  expect((await fetch(`${simulator.url}/contacts?updated_after=soon`, { headers })).status).toBe(400);
});

it('takes page parameters from anywhere in a body', async () => {
  simulator.reset();
  const search = async (variables: object): Promise<{ data: Row[]; meta: { next_cursor: string } }> => {
    const body = JSON.stringify({ query: 'contacts', variables });
    return (await fetch(`${simulator.url}/cursor/contacts/search`, { method: 'POST', headers, body })).json() as never;
  };
  const first = await search({ limit: 10 });
  const second = await search({ limit: 10, cursor: first.meta.next_cursor });
  expect(second.data.map((row) => row.id)).toEqual(
    simulator.dataset
      .select()
      .slice(10, 20)
      .map((i) => simulator.dataset.read(i)?.id),
  );
});

it('answers 304 to a known ETag until a row of the page changes, and logs nothing as served', async () => {
  simulator.reset();
  const url = `${simulator.url}/contacts?per_page=5`;
  const etag = (await fetch(url, { headers })).headers.get('etag') ?? '';
  const again = () => fetch(url, { headers: { ...headers, 'if-none-match': etag } });
  expect((await again()).status).toBe(304);
  expect(simulator.served.answers).toBe(1);
  simulator.dataset.edit('c0000200');
  expect((await again()).status).toBe(304);
  simulator.dataset.edit('c0000002');
  expect((await again()).status).toBe(200);
});

it('refuses a cursor that it did not make', async () => {
  expect((await fetch(`${simulator.url}/cursor/contacts?cursor=nonsense`, { headers })).status).toBe(400);
});
