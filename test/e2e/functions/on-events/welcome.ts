// Runs when a connection was made.
import { createOnEvent } from '@syncline/functions';

export default createOnEvent({
  event: 'post-connection-creation',
  description: 'Tells the provider, and takes its time.',
  exec: async (nango) => {
    await nango.get({ endpoint: '/echo', params: { step: 'welcome', of: nango.connectionId } });
    await nango.get({ endpoint: '/slow?ms=1500' });
    await nango.get({ endpoint: '/echo', params: { step: 'welcome done', of: nango.connectionId } });
  },
});
