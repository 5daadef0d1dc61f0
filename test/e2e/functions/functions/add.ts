// Invoked: no trigger of its own.
import { createFunction } from '@syncline/functions';
import { z } from 'zod';

export default createFunction({
  description: 'Adds two numbers, and says who asked.',
  input: z.object({ a: z.number(), b: z.number() }),
  output: z.object({ sum: z.number(), kind: z.string(), connection: z.string() }),
  exec: async (nango, trigger) => {
    await nango.get({ endpoint: '/me' });
    const { a, b } = trigger.input;
    return { sum: a + b, kind: trigger.kind, connection: nango.connectionId };
  },
});
