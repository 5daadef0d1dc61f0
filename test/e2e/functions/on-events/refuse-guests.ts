// Asked before anybody is told of a connection: guests may not have one.
import { createOnEvent } from '@syncline/functions';

export default createOnEvent({
  event: 'validate-connection',
  description: 'Refuses an account that says it is a guest.',
  exec: async (nango) => {
    const { connection_config } = await nango.getConnection();
    if (connection_config['role'] === 'guest') throw new nango.ActionError({ message: 'Guests cannot connect.' });
  },
});
