// Changes what the app says about a connection: end user, tags, where its events go.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { derivedTags, type EndUserInput, putEndUser } from './end-user.ts';
import { type ConnectionKey, findConnection } from './read-connection.ts';

export interface ConnectionPatch {
  endUser?: EndUserInput | undefined;
  tags?: Record<string, string> | undefined;
  /** '' clears. */
  webhookUrlOverride?: string | undefined;
}

/** @throws SynclineError `unknown_provider_config`, `unknown_connection` */
export async function patchConnection(
  environment: EnvironmentDb,
  key: ConnectionKey,
  { endUser, tags, webhookUrlOverride }: ConnectionPatch,
): Promise<void> {
  await environment.transaction(async (tx) => {
    const { connection } = await findConnection(tx, key);
    const owner = endUser && (await putEndUser(tx, environment.environmentId, endUser));
    await tx
      .update(connections)
      .set({
        updatedAt: new Date(),
        ...(owner && { endUserId: owner.id }),
        ...((endUser || tags) && { tags: { ...(endUser && derivedTags(endUser)), ...tags } }),
        ...(webhookUrlOverride !== undefined && { webhookUrlOverride: webhookUrlOverride || null }),
      })
      .where(eq(connections.id, connection.id));
  });
}
