// Copies whole contacts, 20 a page, and numbers them in a variable of its own: a resumed run must have rebuilt it.
import { createSync } from '@syncline/functions';
import { z } from 'zod';

interface Page {
  data: { id: string }[];
  total_pages: number;
}

export default createSync({
  description: 'Copies every contact and notices the ones that were deleted.',
  version: '1.0.0',
  frequency: 'every hour',
  models: { Contact: z.looseObject({ id: z.string(), position: z.number() }) },
  exec: async (nango) => {
    await nango.trackDeletesStart('Contact');
    let position = 0;
    for (let page = 1, last = 1; page <= last; page++) {
      const { data } = await nango.get<Page>({
        endpoint: '/paged/contacts',
        params: { page, page_size: 20 },
        retries: 5,
      });
      await nango.batchSave(
        data.data.map((contact) => ({ ...contact, position: ++position })),
        'Contact',
      );
      last = data.total_pages;
    }
    await nango.trackDeletesEnd('Contact');
  },
});
