// Answers, or goes wrong in the way that its input asks for.
import { createAction } from '@syncline/functions';
import { z } from 'zod';

export default createAction({
  description: 'Answers or goes wrong on demand.',
  version: '1.0.0',
  input: z.object({ how: z.enum(['echoes', 'refuses', 'throws', 'spins', 'hangs']) }),
  output: z.object({ how: z.string(), email: z.string() }),
  exec: async (nango, { how }) => {
    if (how === 'refuses') throw new nango.ActionError({ message: 'Not today.', retry_on: 'Monday' });
    if (how === 'throws') throw new RangeError('The amount is negative.');
    if (how === 'spins') for (;;);
    if (how === 'hangs') await new Promise(() => {});
    const { data } = await nango.get<{ email: string }>({ endpoint: '/contacts/c0000001' });
    return { how, email: data.email };
  },
});
