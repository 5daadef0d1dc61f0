// One contact: read, create, replace, change, delete. What a write answers with counts as served.
import { contactIndex } from './contact.ts';
import type { Dataset } from './dataset.ts';
import { type ApiRequest, empty, failure, json, parseJsonObject, type Reply } from './reply.ts';

export function createContactRoutes(dataset: () => Dataset) {
  function show(id: string, status: number, request: ApiRequest): Reply {
    const contact = dataset().get(id);
    const index = contactIndex(id);
    if (!contact || index === undefined) return failure(404, 'not_found', `No contact ${id}.`);
    const etag = `"${id}-${contact.revision}"`;
    if (request.method === 'GET' && request.headers['if-none-match'] === etag) return empty(304, { etag });
    return { ...json(status, contact, { etag }), rows: [{ index, revision: contact.revision }] };
  }

  return {
    createContact(request: ApiRequest): Reply {
      return show(dataset().create(parseJsonObject(request.body)), 201, request);
    },
    /** `/contacts/:id`; PUT and PATCH both lay the given fields over the row. */
    contact(request: ApiRequest): Reply {
      const id = decodeURIComponent(request.path.slice('/contacts/'.length));
      if (request.method === 'GET' || request.method === 'HEAD') return show(id, 200, request);
      if (request.method === 'PUT' || request.method === 'PATCH') {
        const wanted = request.headers['if-match'];
        const current = dataset().get(id);
        if (current && wanted && wanted !== `"${id}-${current.revision}"`) {
          return failure(412, 'precondition_failed', 'The contact has changed since.');
        }
        dataset().edit(id, parseJsonObject(request.body));
        return show(id, 200, request);
      }
      if (request.method !== 'DELETE') return failure(405, 'method_not_allowed', 'Not here.');
      return dataset().remove(id) ? empty(204) : failure(404, 'not_found', `No contact ${id}.`);
    },
  };
}
