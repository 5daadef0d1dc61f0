// Writes its credential into its log and into a record, and fails with it.
import { createSync } from '@syncline/functions';
import { z } from 'zod';

export default createSync({
  description: 'Logs, saves and throws its credential by mistake.',
  version: '1.0.0',
  frequency: 'every hour',
  autoStart: false,
  models: { Contact: z.looseObject({ id: z.string(), note: z.string() }) },
  exec: async (nango) => {
    const { credentials } = await nango.getConnection();
    const key = String((credentials as Record<string, unknown>)['apiKey']);
    await nango.log(`using ${key}`, credentials);
    await nango.batchSave([{ id: 'c1', note: key }], 'Contact');
    throw new Error(`The key ${key} is of no use.`);
  },
});
