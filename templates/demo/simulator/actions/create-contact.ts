// Called by the app: POST /action/trigger {"action_name": "create-contact", "input": {"name": …, "email": …}}.
import { createAction } from '@syncline/functions';
import { z } from 'zod';

export default createAction({
  description: 'Creates a contact in the connected account.',
  version: '1.0.0',
  input: z.object({ name: z.string().min(1), email: z.string() }),
  output: z.object({ id: z.string(), name: z.string(), email: z.string() }),
  exec: async (nango, input) => {
    if (!input.email.includes('@')) {
      // The caller gets this payload as it is.
      throw new nango.ActionError({ type: 'invalid_email', message: `"${input.email}" is no e-mail address.` });
    }
    const { data } = await nango.post<{ id: string; name: string; email: string }>({
      endpoint: '/contacts',
      data: { name: input.name, email: input.email },
    });
    return { id: data.id, name: data.name, email: data.email };
  },
});
