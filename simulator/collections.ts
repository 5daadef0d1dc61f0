// The contacts, listed in every style of pagination in use: link header, link in body, cursor, offset, page number.
import { createHash } from 'node:crypto';
import type { Dataset, Selection } from './dataset.ts';
import { distortPointer, renderRows, shiftCollection } from './faults/distort-page.ts';
import { type Page, type Positioning, readPage } from './page.ts';
import { type ApiRequest, empty, failure, type Handler, json, parseJsonObject, type Reply } from './reply.ts';

interface Style {
  positioning: Positioning;
  /** Parameter names: position, size. */
  names: readonly [position: string, size: string];
  render(list: unknown, page: Page, link: (position: string) => string): { body: unknown; link?: string };
}

export const styles = {
  link: {
    positioning: 'number',
    names: ['page', 'per_page'],
    render: (list, page, link) => {
      const relations = [`<${link('1')}>; rel="first"`];
      if (Number(page.current) > 1) relations.push(`<${link(String(Number(page.current) - 1))}>; rel="prev"`);
      if (page.next !== undefined) relations.push(`<${link(page.next)}>; rel="next"`);
      return { body: list === undefined ? {} : list, link: relations.join(', ') };
    },
  },
  cursor: {
    positioning: 'cursor',
    names: ['cursor', 'limit'],
    render: (list, { next }) => ({
      body: { data: list, meta: { next_cursor: next ?? null, has_more: next !== undefined } },
    }),
  },
  linked: {
    positioning: 'cursor',
    names: ['cursor', 'limit'],
    render: (list, { next }, link) => ({ body: { results: list, next: next === undefined ? null : link(next) } }),
  },
  offset: {
    positioning: 'offset',
    names: ['offset', 'limit'],
    render: (list, { total, current, sizeRows, next }) => ({
      body: { items: list, total, offset: Number(current), limit: sizeRows, has_more: next !== undefined },
    }),
  },
  paged: {
    positioning: 'number',
    names: ['page', 'page_size'],
    render: (list, { current, total, sizeRows, next }) => ({
      body: {
        data: list,
        page: Number(current),
        total_pages: Math.ceil(total / sizeRows),
        has_more: next !== undefined,
      },
    }),
  },
} as const satisfies Record<string, Style>;

export type StyleName = keyof typeof styles;

const maxSizeRows = 1000;

/** GET, or POST with the parameters anywhere in a JSON body. */
export function createListContacts(dataset: () => Dataset, name: StyleName): Handler {
  const style: Style = styles[name];
  return function listContacts(request) {
    const parameters = request.method === 'POST' ? flatten(parseJsonObject(request.body)) : request.query;
    const [positionName, sizeName] = style.names;
    const sizeRows = Math.min(maxSizeRows, Math.max(1, Math.floor(Number(parameters.get(sizeName) ?? 100)) || 100));
    const { positioning } = style;
    shiftCollection(dataset(), request.fault);
    try {
      const position = parameters.get(positionName) ?? undefined;
      const honest = readPage(dataset(), { positioning, position, sizeRows, selection: parseSelection(parameters) });
      const page = distortPointer(honest, request.fault);
      const { list, served } = renderRows(dataset(), page, positioning, request.fault);
      const rendered = style.render(list, page, (to) => linkTo(request, positionName, to));
      return withTag(request, json(200, rendered.body, rendered.link ? { link: rendered.link } : {}), served);
    } catch (cause) {
      if (cause instanceof RangeError) return failure(400, 'bad_parameter', cause.message);
      throw cause;
    }
  };
}

function withTag(request: ApiRequest, reply: Reply, rows: NonNullable<Reply['rows']>): Reply {
  if (!Buffer.isBuffer(reply.body)) return reply;
  const etag = `"${createHash('sha1').update(reply.body).digest('base64url')}"`;
  const known = request.headers['if-none-match'];
  if (known?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)) return empty(304, { etag });
  return { ...reply, headers: { ...reply.headers, etag }, rows };
}

/** @throws RangeError */
function parseSelection(parameters: URLSearchParams): Selection {
  const since = parameters.get('updated_after');
  const updatedAfterMs = since ? Date.parse(since) : undefined;
  if (Number.isNaN(updatedAfterMs)) throw new RangeError(`updated_after is not a date: ${since}`);
  const includeDeleted = ['1', 'true'].includes(parameters.get('include_deleted') ?? '');
  return { updatedAfterMs, includeDeleted, sort: parameters.get('sort') === 'updated_at' ? 'updated_at' : 'id' };
}

function linkTo({ origin, path, query, fault }: ApiRequest, name: string, position: string): string {
  const parameters = new URLSearchParams(query);
  parameters.set(name, position);
  const base = fault.crossOriginNext ? 'http://elsewhere.invalid' : origin;
  return `${base}${path}?${parameters}`;
}

/** Leaves by their own names, however deep: `{variables: {after: 'x'}}` gives `after`. */
function flatten(value: Record<string, unknown>, into = new URLSearchParams()): URLSearchParams {
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'object' && inner !== null) flatten(inner as Record<string, unknown>, into);
    else if (inner !== null && inner !== undefined) into.set(name, String(inner));
  }
  return into;
}
