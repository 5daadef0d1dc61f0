// What other functions call.
import { createAction } from '@syncline/functions';
import { z } from 'zod';

export default createAction({
  description: 'Answers, refuses or fails.',
  version: '1.0.0',
  input: z.object({ how: z.enum(['echoes', 'refuses', 'asks in vain', 'waits']) }),
  output: z.any(),
  exec: async (nango, { how }) => {
    if (how === 'refuses') throw new nango.ActionError({ message: 'Not today.', retry_on: 'Monday' });
    if (how === 'asks in vain') await nango.get({ endpoint: '/contacts/nobody' });
    if (how === 'waits') {
      nango.abortSignal.addEventListener('abort', () => void nango.log('the callee was told to stop'));
      await nango.get({ endpoint: '/slow?ms=20000' });
    }
    return { how, connection: nango.connectionId };
  },
});
