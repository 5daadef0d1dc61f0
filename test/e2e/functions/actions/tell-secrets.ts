// Writes what it must not into its log, in every way that is easily done by mistake; may fail with it, too.
import { createAction } from '@syncline/functions';
import { z } from 'zod';

export default createAction({
  description: 'Logs its credential by mistake.',
  version: '1.0.0',
  input: z.object({ harmless: z.string(), note: z.string(), fails: z.boolean().optional() }),
  output: z.object({ note: z.string() }),
  exec: async (nango, { harmless, note, fails }) => {
    const connection = await nango.getConnection();
    const credentials = connection.credentials as Record<string, unknown>;
    const token = String(credentials['apiKey'] ?? credentials['access_token']);
    const integration = await nango.getIntegration({ include: ['credentials'] });
    const variables = (await nango.getEnvironmentVariables()) ?? [];
    await nango.log(harmless);
    await nango.log(`using ${token}, twice: ${token}`);
    await nango.log('connection', { connection, credentials, integration }, { level: 'warn' });
    await nango.log(JSON.stringify({ token, inner: JSON.stringify(credentials) }));
    await nango.log(`https://api.example/things?q=${encodeURIComponent(token)}`);
    await nango.log(`Basic of ${Buffer.from(token).toString('base64')}`);
    await nango.log('variables', variables, variables.map(({ value }) => `is ${value}`).join());
    console.log('printed', token, credentials);
    console.error(new Error(`printed with ${token}`));
    await nango.get({ endpoint: '/contacts', params: { limit: 1, access_token: token }, headers: { 'x-own': 'kept' } });
    await nango
      .get({ endpoint: '/nothing', headers: { 'x-own': 'kept' } })
      .catch((cause) => nango.log('refused', cause));
    if (fails) throw new Error(`The key ${token} is of no use.`, { cause: credentials });
    return { note };
  },
});
