// Asked before anybody is told of a connection.
import { createOnEvent } from '@syncline/functions';

export default createOnEvent({
  event: 'validate-connection',
  description: 'Refuses a connection whose metadata say so.',
  exec: async (nango) => {
    await nango.get({ endpoint: '/echo', params: { step: 'check-account', of: nango.connectionId } });
    const { refused_by } = await nango.getMetadata<{ refused_by?: string }>();
    if (refused_by === 'check-account') throw new nango.ActionError({ message: 'Not this one.' });
  },
});
