// Charges once: an unsafe request that nobody may repeat without asking.
import { createAction } from '@syncline/functions';
import { z } from 'zod';

export default createAction({
  description: 'Charges an order, between two reads.',
  version: '1.0.0',
  input: z.object({ order: z.string() }),
  output: z.object({ order: z.string(), email: z.string() }),
  exec: async (nango, { order }) => {
    const { data } = await nango.get<{ email: string }>({ endpoint: '/contacts/c0000001', params: { order } });
    await nango.post({ endpoint: '/echo', params: { order }, data: { amount: 7 } });
    await nango.get({ endpoint: '/me', params: { order } });
    return { order, email: data.email };
  },
});
