// The action that is measured: one request, a small answer.
import { createAction } from '@syncline/functions';
import { z } from 'zod';

export default createAction({
  description: 'Asks the provider for an echo.',
  version: '1.0.0',
  input: z.object({}),
  output: z.object({ message: z.string() }),
  exec: async (nango) => {
    const { data } = await nango.get<{ message: string }>({ endpoint: '/echo' });
    return { message: data.message };
  },
});
