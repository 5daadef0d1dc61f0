// Keeps a registered client with its integration. Of two browsers that registered at once the first one's stays: refresh tokens are
// bound to the client that got them.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../../db/database.ts';
import { integrations } from '../../db/schema/integrations.ts';
import { openSecrets, sealSecrets } from '../../integrations/app-credentials.ts';
import { integrationNotFound } from '../../integrations/read-integration.ts';
import type { RegisteredClient } from './register-client.ts';

/** @returns the client that is kept. @throws SynclineError `not_found` */
export async function keepClient(
  { cipher, transaction }: EnvironmentDb,
  integrationId: string,
  { client_id, client_secret }: RegisteredClient,
): Promise<RegisteredClient> {
  return transaction(async (tx) => {
    const isIt = eq(integrations.id, integrationId);
    const [row] = await tx.select().from(integrations).where(isIt).for('update');
    if (!row) throw integrationNotFound('');
    const { credentials: before, config } = openSecrets(cipher, row);
    if (before?.type === 'MCP_OAUTH2' && before.client_id) {
      return { client_id: before.client_id, ...(before.client_secret && { client_secret: before.client_secret }) };
    }
    const credentials = { ...before, type: 'MCP_OAUTH2' as const, client_id, ...(client_secret && { client_secret }) };
    await tx
      .update(integrations)
      .set({ credentials: sealSecrets(cipher, integrationId, { credentials, config }) })
      .where(isIt);
    return { client_id, ...(client_secret && { client_secret }) };
  });
}
