import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createItem, createSimulator, type Item } from './index.ts';

const fast = createSimulator({ fast: true });
beforeAll(async () => void (await fast.listen()));
afterAll(() => fast.close());

it('makes items of 1,027 to 1,048 bytes that differ in each revision', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 0, max: 100_000 }), (id, rev) => {
      const text = JSON.stringify(createItem(id, rev));
      expect(Buffer.byteLength(text)).toBeGreaterThanOrEqual(1027);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1048);
      expect(text).not.toBe(JSON.stringify(createItem(id, rev + 1)));
    }),
  );
});

it('links through all pages, without a login, and ends', async () => {
  const ids: number[] = [];
  let url: string | undefined = `${fast.url}/items?page=1&per_page=100&total=250&rev=3`;
  while (url !== undefined) {
    const response: Response = await fetch(url);
    const items = (await response.json()) as Item[];
    for (const item of items) expect(item).toEqual(createItem(item.id, 3));
    ids.push(...items.map((item) => item.id));
    url = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
  expect(ids).toEqual(Array.from({ length: 250 }, (_, at) => at + 1));
});

it('still guards everything else in fast mode, and logs no requests', async () => {
  expect((await fetch(`${fast.url}/contacts`)).status).toBe(401);
  expect(fast.requests.list()).toEqual([]);
});
