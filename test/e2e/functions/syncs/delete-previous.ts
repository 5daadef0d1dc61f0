// Saves the contacts that its metadata lists, and deletes those of earlier runs the old way.
import { createSync } from '@syncline/functions';
import { z } from 'zod';

export default createSync({
  description: 'Copies a list and deletes what is no longer in it.',
  version: '1.0.0',
  frequency: 'every day',
  autoStart: false,
  models: { Listed: z.object({ id: z.string() }) },
  checkpoint: z.object({ began: z.boolean() }),
  metadata: z.looseObject({ list: z.array(z.string()).optional(), keeps: z.boolean().optional() }),
  exec: async (nango) => {
    const { list = [], keeps = false } = await nango.getMetadata<{ list?: string[]; keeps?: boolean }>();
    await nango.batchSave(
      list.map((id) => ({ id })),
      'Listed',
    );
    await nango.deleteRecordsFromPreviousExecutions('Listed');
    if (keeps) await nango.saveCheckpoint({ began: true });
  },
});
