// Runs before a connection is removed, with its credential.
import { createOnEvent } from '@syncline/functions';

export default createOnEvent({
  event: 'pre-connection-deletion',
  description: 'Tells the provider, then fails: the removal goes on.',
  exec: async (nango) => {
    await nango.get({ endpoint: '/echo', params: { step: 'goodbye', of: nango.connectionId } });
    throw new Error('The provider does not care.');
  },
});
