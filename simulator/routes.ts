// The API's routes: which handler answers which path. Exact paths first, then `/contacts/:id`.
import { createListContacts, type StyleName } from './collections.ts';
import { createContactRoutes } from './contact-routes.ts';
import type { Dataset } from './dataset.ts';
import { bytes, dump, echo, redirect, slow, status } from './inspection-routes.ts';
import type { createItemPages } from './items.ts';
import { type ApiRequest, failure, type Handler, json, type Reply } from './reply.ts';

export interface Routes {
  find(method: string, path: string): Handler;
}

const collectionPaths = {
  link: '/contacts',
  cursor: '/cursor/contacts',
  linked: '/linked/contacts',
  offset: '/offset/contacts',
  paged: '/paged/contacts',
} as const satisfies Record<StyleName, string>;

export function createRoutes(dataset: () => Dataset, readItems: ReturnType<typeof createItemPages>): Routes {
  const { createContact, contact } = createContactRoutes(dataset);
  const exact = new Map<string, Handler>([
    ['/me', me],
    ['/echo', echo],
    ['/dump', dump],
    ['/status', status],
    ['/redirect', redirect],
    ['/slow', slow],
    ['/bytes', bytes],
    ['/items', items],
    ['POST /contacts', createContact],
  ]);
  for (const [name, path] of Object.entries(collectionPaths)) {
    const list = createListContacts(dataset, name as StyleName);
    exact.set(`GET ${path}`, list).set(`HEAD ${path}`, list).set(`POST ${path}/search`, list);
  }

  function items({ incoming, origin }: ApiRequest): Reply {
    const search = incoming.url?.split('?')[1] ?? '';
    const { status: code, headers, body } = readItems(search, origin);
    const link = headers['link'];
    return { status: code, headers: { 'content-type': 'application/json', ...(link && { link: String(link) }) }, body };
  }

  return {
    find(method, path) {
      const known = exact.get(`${method} ${path}`) ?? exact.get(path);
      if (known) return known;
      return /^\/contacts\/[^/]+$/.test(path) ? contact : notFound;
    },
  };
}

/** Routes that read the body themselves. */
export const streamedPaths: ReadonlySet<string> = new Set(['/dump']);

function me({ caller }: ApiRequest): Reply {
  return json(200, { id: 'u1', name: 'Simulated User', email: 'user@example.com', authenticated_by: caller.kind });
}

function notFound({ path }: ApiRequest): Reply {
  return failure(404, 'not_found', `No ${path} here.`);
}
