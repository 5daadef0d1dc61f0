import { describe, expect, it } from 'vitest';
import { linkHeader } from './link-header.ts';
import { readOwnPath } from './own-path.ts';
import { type PageRequest, type PaginateRules, paginate } from './paginate.ts';

interface Answer {
  data: unknown;
  headers: Record<string, unknown>;
  url: string;
}
type Config = PageRequest & { paginate?: Record<string, unknown> };
type Serve = (request: Config, count: number) => { data: unknown; headers?: Record<string, unknown>; url?: string };

function walk(config: Partial<Config>, serve: Serve, defaults?: PaginateRules) {
  const requests: Config[] = [];
  const warnings: string[] = [];
  const request = async (next: Config): Promise<Answer> => {
    requests.push(structuredClone(next));
    return { headers: {}, url: 'https://api.example.com/v1/items', ...serve(next, requests.length) };
  };
  const pages = paginate<unknown, Config, Answer>({ endpoint: '/items', ...config }, defaults, request, {
    urlOf: ({ url }) => url,
    linkOrigins: ['https://cdn.example.com'],
    siblingHosts: ['^api\\.example\\.[a-z]+$'],
    warn: (message) => warnings.push(message),
  });
  const all = async () => {
    const collected: unknown[][] = [];
    for await (const rows of pages) collected.push(rows);
    return collected;
  };
  return { all, requests, warnings, pages };
}

const cursor = {
  type: 'cursor',
  cursor_name_in_request: 'after',
  cursor_path_in_response: 'meta.next',
  response_path: 'rows',
} as const;
const link = {
  type: 'link',
  link_path_in_response_body: 'next',
  link_rel_in_response_header: 'next',
  response_path: 'rows',
} as const;
const offset = { type: 'offset', offset_name_in_request: 'skip', response_path: 'rows' } as const;
const code = (walked: { all(): Promise<unknown> }) =>
  walked.all().then(
    () => 'ended',
    (error) => error.code,
  );

describe('cursor', () => {
  const pages =
    (...list: [unknown, unknown][]): Serve =>
    (_request, count) => ({ data: { rows: list[count - 1]?.[0], meta: { next: list[count - 1]?.[1] } } });

  it('follows cursors of text and number until there is none', async () => {
    const { all, requests } = walk(
      { paginate: { ...cursor, limit: 2, limit_name_in_request: 'page[size]' }, params: { q: 1 } },
      pages([[1, 2], ' c1 '], [[3], 7], [[4], '  ']),
    );
    expect(await all()).toEqual([[1, 2], [3], [4]]);
    expect(requests.map(({ params }) => params)).toEqual([
      { q: 1, 'page[size]': '2' },
      { q: 1, 'page[size]': '2', after: 'c1' },
      { q: 1, 'page[size]': '2', after: '7' },
    ]);
  });

  it.each<[string, unknown]>([
    ['empty', []],
    ['missing', undefined],
    ['null', null],
    ['an object', {}],
    ['text', 'x'],
  ])('ends on rows that are %s', async (_what, rows) => {
    const walked = walk({ paginate: cursor }, pages([[1], 'c'], [rows, 'd'], [[2], 'e']));
    expect(await walked.all()).toEqual([[1]]);
    expect(walked.warnings).toHaveLength(rows !== null && typeof rows === 'object' && !Array.isArray(rows) ? 1 : 0);
  });

  it('goes on behind an empty page when told to, while the cursor is new', async () => {
    const rules = { ...cursor, follow_empty_pages: true };
    expect(await walk({ paginate: rules }, pages([[1], 'c'], [[], 'd'], [[2], null])).all()).toEqual([[1], [2]]);
    expect(await walk({ paginate: rules }, pages([[1], 'c'], [[], 'c'], [[2], null])).all()).toEqual([[1]]);
  });

  it('lets one cursor scroll, and throws when it brings the same rows again', async () => {
    expect(await walk({ paginate: cursor }, pages([[1], 's'], [[2], 's'], [[3], 's'], [[], 's'])).all()).toEqual([
      [1],
      [2],
      [3],
    ]);
    const stuck = walk({ paginate: cursor }, (_request, count) => ({
      data: { rows: [count === 1 ? 1 : 2], meta: { next: 's' } },
    }));
    expect(await code(stuck)).toBe('pagination_loop');
    expect(stuck.requests).toHaveLength(3);
    const circle = walk({ paginate: cursor }, (_request, count) => ({
      data: { rows: [count % 2], meta: { next: count % 2 ? 'a' : 'b' } },
    }));
    expect(await code(circle)).toBe('pagination_loop');
  });

  it('puts parameters into a body, nested by dots, and leaves the caller’s objects alone', async () => {
    const data = Object.freeze({ query: 'q', variables: Object.freeze({ first: 5 }) });
    const { all, requests } = walk(
      {
        method: 'post',
        data,
        paginate: { ...cursor, cursor_name_in_request: 'variables.after', limit: 9, limit_name_in_request: 'n' },
      },
      pages([[1], 'c'], [[2], null]),
    );
    await all();
    expect(requests.map(({ data: sent, params }) => [sent, params])).toEqual([
      [{ query: 'q', variables: { first: 5 }, n: 9 }, undefined],
      [{ query: 'q', variables: { first: 5, after: 'c' }, n: 9 }, undefined],
    ]);
    expect(data.variables).toEqual({ first: 5 });
  });

  it('takes in_body from the call or the entry over the method', async () => {
    const post = walk({ method: 'POST', paginate: { ...cursor, in_body: false } }, pages([[1], 'c'], [[], null]));
    await post.all();
    expect(post.requests[1]).toMatchObject({ params: { after: 'c' } });
    const text = walk({ method: 'POST', data: '{"a":1}' }, pages([[1], 'c'], [[], null]), cursor);
    await text.all();
    expect(text.requests[1]?.data).toEqual({ a: 1, after: 'c' });
  });

  it('adds to a query that is text', async () => {
    const { all, requests } = walk({ params: 'q=a%20b', paginate: cursor }, pages([[1], 'c'], [[], null]));
    await all();
    expect(requests.map(({ params }) => params)).toEqual(['q=a%20b', 'q=a+b&after=c']);
  });

  it('calls on_page after the consumer, before the next request', async () => {
    const order: unknown[] = [];
    const { pages: generator } = walk(
      {
        paginate: {
          ...cursor,
          on_page: async ({ nextPageParam, response }: { nextPageParam: unknown; response: Answer }) =>
            order.push(['page', nextPageParam, typeof response.data]),
        },
      },
      (request, count) => {
        order.push(['request', (request.params as Record<string, unknown> | undefined)?.['after']]);
        return pages([[1], 'c'], [[2], null])(request, count);
      },
    );
    for await (const rows of generator) order.push(['rows', rows]);
    expect(order).toEqual([
      ['request', undefined],
      ['rows', [1]],
      ['page', 'c', 'object'],
      ['request', 'c'],
      ['rows', [2]],
      ['page', undefined, 'object'],
    ]);
  });
});

describe('link', () => {
  it('takes the header first, then the body, and drops params after page 1', async () => {
    const { all, requests } = walk(
      { params: { q: 1 }, paginate: { ...link, limit: 3, limit_name_in_request: 'n' } },
      (_request, count) =>
        count === 1
          ? {
              data: { rows: [1], next: 'https://api.example.com/v1/wrong' },
              headers: { link: '<https://api.example.com/v1/items?page=2&x=a,b>; rel="next", <https://x>; rel="last"' },
            }
          : { data: { rows: [2], next: count === 2 ? 'https://api.example.com/v1/items?page=3' : null } },
    );
    expect(await all()).toEqual([[1], [2], [2]]);
    expect(requests.map(({ endpoint, params }) => [endpoint, params])).toEqual([
      ['/items', { q: 1, n: '3' }],
      ['https://api.example.com/v1/items?page=2&x=a,b', undefined],
      ['https://api.example.com/v1/items?page=3', undefined],
    ]);
  });

  it('yields pages without rows as empty ones, and ends when the link repeats', async () => {
    const { all, requests } = walk({ paginate: link }, () => ({ data: { next: '/items?page=2' } }));
    expect(await all()).toEqual([[], []]);
    expect(requests).toHaveLength(2);
  });

  it.each<[string, string, string]>([
    ['absolute on the origin', 'https://api.example.com/v2/b?x=1', 'https://api.example.com/v2/b?x=1'],
    ['http of the same host', 'http://api.example.com/v1/b', 'https://api.example.com/v1/b'],
    ['on a listed origin', 'https://cdn.example.com/b', 'https://cdn.example.com/b'],
    ['relative', 'items?page=2', 'items?page=2'],
    ['relative with slash', '/items?page=2', '/items?page=2'],
    ['relative with the base path', '/v1/items?page=2', 'https://api.example.com/v1/items?page=2'],
    ['a query only', '?page=2', 'https://api.example.com/v1/items?page=2'],
    ['verbatim escapes', 'https://api.example.com/v1/a%2Fb?c=%20', 'https://api.example.com/v1/a%2Fb?c=%20'],
  ])('follows a link %s', async (_what, next, endpoint) => {
    const { all, requests } = walk({ paginate: link }, (_request, count) => ({
      data: { rows: [count], next: count === 1 ? next : undefined },
    }));
    await all();
    expect(requests[1]?.endpoint).toBe(endpoint);
  });

  it.each([
    'https://evil.com/x',
    'https://api.example.com.evil.com/',
    'http://evil.com',
    '//evil.com/x',
    'https://u:p@api.example.com/',
    'http://api.example.com:81/',
    'https://api.example.com@evil.com/',
  ])('refuses %s', async (next) => {
    const walked = walk({ paginate: link }, () => ({ data: { rows: [1], next } }));
    expect(await code(walked)).toBe('pagination_cross_origin');
    expect(walked.requests).toHaveLength(1);
  });

  it('asks its own origin for a link to another region of the same API', async () => {
    const { all, requests } = walk({ paginate: link }, (_request, count) => ({
      data: { rows: [count], next: count === 1 ? 'https://api.example.fr/v1/items?page=2' : undefined },
    }));
    expect(await all()).toEqual([[1], [2]]);
    expect(requests[1]?.endpoint).toBe('https://api.example.com/v1/items?page=2');
  });

  it('yields a body that is an object as it is when no path names its rows', async () => {
    const { all, warnings } = walk({ paginate: { ...link, response_path: '' } }, () => ({
      data: { d: { results: [1] } },
    }));
    expect(await all()).toEqual([{ d: { results: [1] } }]);
    expect(warnings).toEqual([]);
  });

  it('reads Link headers of all shapes', () => {
    expect(linkHeader('<a>; rel=next', 'next')).toBe('a');
    expect(linkHeader('<a;b,c>; title="x, y"; rel="prev next"; x=y', 'next')).toBe('a;b,c');
    expect(linkHeader(['<a>; rel="first"', '<b>; rel="Next"'], 'next')).toBe('b');
    expect(linkHeader('<a>; rel="nextish", <>; rel="next"', 'next')).toBeUndefined();
    expect(linkHeader(undefined, 'next')).toBeUndefined();
  });
});

describe('offset', () => {
  const rows =
    (total: number, size: number, key = 'skip'): Serve =>
    ({ params, data }) => {
      const start = Number(((params ?? data) as Record<string, unknown>)[key]);
      return {
        data: { rows: Array.from({ length: Math.max(0, Math.min(size, total - start)) }, (_, index) => start + index) },
      };
    };

  it('counts rows and ends at a short page', async () => {
    const pages: unknown[] = [];
    const { all, requests } = walk(
      {
        paginate: {
          ...offset,
          limit: 2,
          limit_name_in_request: 'n',
          on_page: ({ nextPageParam }: { nextPageParam: unknown }) => pages.push(nextPageParam),
        },
      },
      rows(5, 2),
    );
    expect(await all()).toEqual([[0, 1], [2, 3], [4]]);
    expect(requests.map(({ params }) => params)).toEqual([
      { n: '2', skip: '0' },
      { n: '2', skip: '2' },
      { n: '2', skip: '4' },
    ]);
    expect(pages).toEqual([0, 2, 4]);
  });

  it('asks once more when the last page was full, or when there is no limit', async () => {
    const full = walk({ paginate: { ...offset, limit: 2, limit_name_in_request: 'n' } }, rows(4, 2));
    expect(await full.all()).toHaveLength(2);
    expect(full.requests).toHaveLength(3);
    const unlimited = walk({ paginate: offset }, rows(3, 2));
    expect(await unlimited.all()).toEqual([[0, 1], [2]]);
    expect(unlimited.requests).toHaveLength(3);
  });

  it('counts pages from a start, as numbers in a body', async () => {
    const { all, requests } = walk(
      { method: 'PUT', paginate: { ...offset, offset_start_value: 1, offset_calculation_method: 'per-page' } },
      (_request, count) => ({ data: { rows: count < 3 ? [count] : [] } }),
    );
    await all();
    expect(requests.map(({ data }) => data)).toEqual([{ skip: 1 }, { skip: 2 }, { skip: 3 }]);
  });
});

describe('all', () => {
  it('overlays the entry key by key and takes the body itself as rows', async () => {
    const defaults: PaginateRules = { ...offset, limit: 100, limit_name_in_request: 'n' };
    const { all, requests } = walk(
      { paginate: { limit: 1, response_path: '' } },
      (_request, count) => ({ data: count === 1 ? ['a'] : '' }),
      defaults,
    );
    expect(await all()).toEqual([['a']]);
    expect(requests[0]?.params).toEqual({ n: '1', skip: '0' });
    expect(requests[0]).not.toHaveProperty('paginate');
  });

  it('throws at the page limit instead of stopping', async () => {
    const walked = walk({ paginate: { ...cursor, max_pages: 3 } }, (_request, count) => ({
      data: { rows: [count], meta: { next: count } },
    }));
    expect(await code(walked)).toBe('pagination_limit');
    expect(walked.requests).toHaveLength(3);
  });

  it.each([{}, { type: 'cursor' }, { type: 'link' }, { type: 'offset' }, { type: 'page' }])(
    'refuses %o',
    async (rules) => {
      expect(await code(walk({ paginate: rules }, () => ({ data: [] })))).toBe('pagination_config');
    },
  );

  it('reads own properties only, dots in keys included', () => {
    expect(readOwnPath({ '@odata.nextLink': 'u' }, '@odata.nextLink')).toBe('u');
    expect(readOwnPath({ d: { '@odata.nextLink': 'u' } }, 'd.@odata.nextLink')).toBe('u');
    expect(readOwnPath({ a: [{ b: 1 }] }, 'a[0].b')).toBe(1);
    expect(readOwnPath({ a: {} }, 'a.constructor.name')).toBeUndefined();
    expect(readOwnPath('text', 'length')).toBeUndefined();
  });
});
