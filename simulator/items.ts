// The benchmark's collection: 1,027 to 1,048 bytes an item, each page made once and kept as bytes.

export interface Item {
  id: number;
  rev: number;
  name: string;
  state: 'open' | 'closed';
  created_at: string;
  updated_at: string;
  owner: { id: number; login: string; address: { city: string; zip: string } };
  labels: string[];
  amount: number;
  text: string;
}

export interface ItemPage {
  status: 200;
  headers: Record<string, string | number>;
  body: Buffer;
}

const startAtMs = Date.UTC(2025, 0, 1);
const filler = 'The quick brown fox jumps over the lazy dog while the five boxing wizards jump quickly. '.repeat(14);
const cities = ['Aarhus', 'Brno', 'Cali', 'Dakar', 'Essen', 'Fukuoka', 'Graz'];
const maxItemsPerPage = 1000;

/** Item `id` at revision `rev`, counted from 1: the same here, in a seed script and in a checker. */
export function createItem(id: number, rev: number): Item {
  const item: Item = {
    id,
    rev,
    name: `Item ${id} of the benchmark`,
    state: (id + rev) % 3 === 0 ? 'closed' : 'open',
    created_at: new Date(startAtMs + id * 1000).toISOString(),
    updated_at: new Date(startAtMs + id * 1000 + rev * 60_000).toISOString(),
    owner: {
      id: id % 97,
      login: `owner-${id % 97}`,
      address: { city: cities[id % 7] ?? '', zip: String(10_000 + (id % 9000)) },
    },
    labels: [`label-${id % 5}`, `label-${id % 11}`, `area-${id % 3}`],
    amount: (id * 137 + rev * 11) % 100_000,
    text: '',
  };
  const targetBytes = 1027 + ((id * 7 + rev) % 22);
  const offset = (id + rev) % 80;
  return { ...item, text: filler.slice(offset, offset + targetBytes - Buffer.byteLength(JSON.stringify(item))) };
}

/** Pages by URL; the least recently made go first when the bytes run out. */
export function createItemPages(cacheBytes = 128 * 1024 * 1024) {
  const cache = new Map<string, ItemPage>();
  let usedBytes = 0;

  function render(query: URLSearchParams, origin: string): ItemPage {
    const number = (name: string, otherwise: number) =>
      Math.max(0, Math.floor(Number(query.get(name) ?? otherwise)) || 0);
    const page = Math.max(1, number('page', 1));
    const perPage = Math.min(maxItemsPerPage, Math.max(1, number('per_page', 100)));
    const total = number('total', 10_000);
    const rev = number('rev', 1);
    const items: string[] = [];
    for (let id = (page - 1) * perPage + 1; id <= Math.min(total, page * perPage); id += 1) {
      items.push(JSON.stringify(createItem(id, rev)));
    }
    const body = Buffer.from(`[${items.join(',')}]`);
    const headers: ItemPage['headers'] = { 'content-type': 'application/json', 'content-length': body.length };
    if (page * perPage < total) {
      const next = `page=${page + 1}&per_page=${perPage}&total=${total}&rev=${rev}`;
      headers['link'] = `<${origin}/items?${next}>; rel="next"`;
    }
    return { status: 200, headers, body };
  }

  return function readPage(search: string, origin: string): ItemPage {
    const key = `${origin}?${search}`;
    const known = cache.get(key);
    if (known) return known;
    const page = render(new URLSearchParams(search), origin);
    for (const [oldest, { body }] of cache) {
      if (usedBytes + page.body.length <= cacheBytes) break;
      cache.delete(oldest);
      usedBytes -= body.length;
    }
    cache.set(key, page);
    usedBytes += page.body.length;
    return page;
  };
}
