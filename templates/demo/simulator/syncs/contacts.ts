// Copies the contacts of each connected account, every hour. The folder's name, `simulator`, is the integration's id.
import { createSync } from '@syncline/functions';
import { z } from 'zod';

/** What the app reads from GET /records?model=Contact. */
const Contact = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  company: z.string().nullable(),
  updated_at: z.string(),
});

/** A row as the provider sends it. */
interface ContactRow {
  id: string;
  name: string;
  email: string;
  company?: string | null;
  updated_at: string;
}

export default createSync({
  description: 'Copies every contact, page by page, and notices the ones that were deleted.',
  version: '1.0.0',
  frequency: 'every hour',
  models: { Contact },
  exec: async (nango) => {
    // What is not saved between start and end no longer exists at the provider, and is marked deleted.
    await nango.trackDeletesStart('Contact');

    // Follows the `Link: <…>; rel="next"` header. Kill the process here: the run goes on at the page it was on.
    const pages = nango.paginate<ContactRow>({
      endpoint: '/contacts',
      params: { page: 1 },
      paginate: { type: 'link', link_rel_in_response_header: 'next', limit: 100, limit_name_in_request: 'per_page' },
      retries: 5,
    });
    for await (const page of pages) {
      await nango.batchSave(page.map(toContact), 'Contact');
    }

    await nango.trackDeletesEnd('Contact');
  },
});

function toContact({ id, name, email, company, updated_at }: ContactRow): z.infer<typeof Contact> {
  return { id, name, email, company: company ?? null, updated_at };
}
