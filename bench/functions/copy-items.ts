// The sync that is measured: 100 items a page, one save a page. The metadata says how many and in which edition.
import { createSync } from '@syncline/functions';
import { z } from 'zod';

interface Wish {
  total: number;
  rev: number;
  /** Each so manieth item is altered by `mark`; 0: none. */
  alterEvery: number;
  mark: string;
}

export default createSync({
  description: 'Copies the items.',
  version: '1.0.0',
  frequency: 'every hour',
  autoStart: false,
  models: { Item: z.looseObject({ id: z.number() }) },
  metadata: z.looseObject({}),
  exec: async (nango) => {
    const { total, rev, alterEvery, mark } = await nango.getMetadata<Wish>();
    for (let page = 1; page <= Math.ceil(total / 100); page++) {
      const { data } = await nango.get<{ id: number; text: string }[]>({
        endpoint: '/items',
        params: { page, total, rev },
      });
      const items =
        alterEvery === 0 ? data : data.map((item) => (item.id % alterEvery === 0 ? { ...item, text: mark } : item));
      await nango.batchSave(items, 'Item');
    }
  },
});
