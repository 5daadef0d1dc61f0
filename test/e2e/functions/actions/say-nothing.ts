// Returns nothing at all.
import { createAction } from '@syncline/functions';
import { z } from 'zod';

export default createAction({
  description: 'Returns nothing.',
  version: '1.0.0',
  input: z.void(),
  output: z.void(),
  exec: async () => {},
});
