// Copies the pages that the connection's metadata names, a hundred contacts each.
import { createSync } from '@syncline/functions';
import { z } from 'zod';

interface Slice {
  firstPage: number;
  lastPage: number;
}

export default createSync({
  description: 'Copies a part of the contacts.',
  version: '1.0.0',
  frequency: 'every hour',
  autoStart: false,
  models: { Contact: z.looseObject({ id: z.string() }) },
  metadata: z.looseObject({}),
  exec: async (nango) => {
    const { firstPage, lastPage } = await nango.getMetadata<Slice>();
    for (let page = firstPage; page <= lastPage; page++) {
      const { data } = await nango.get<{ data: { id: string }[] }>({
        endpoint: '/paged/contacts',
        params: { page, page_size: 100 },
        retries: 3,
      });
      await nango.batchSave(data.data, 'Contact');
    }
  },
});
