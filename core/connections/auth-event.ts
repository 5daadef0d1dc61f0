// The `auth` event: what the app is told when a connection comes, changes hands or goes. Written with its cause.
import { eq } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { Transaction } from '../db/database.ts';
import { environments } from '../db/schema/environments.ts';
import { events } from '../db/schema/events.ts';
import type { ConnectionRow } from './connection-view.ts';
import type { EndUserRow } from './end-user.ts';

export type AuthOperation = 'creation' | 'override' | 'deletion';

const types: Record<AuthOperation | 'failure', string> = {
  creation: 'connection.created',
  override: 'connection.reconnected',
  deletion: 'connection.deleted',
  failure: 'connection.failed',
};

export interface AuthEvent {
  operation: AuthOperation;
  /** `id` null: a new one that came to nothing. */
  connection: Pick<ConnectionRow, 'environmentId' | 'connectionId' | 'tags'> & { id: string | null };
  integration: { uniqueKey: string; provider: string };
  /** Auth mode, `unknown` when nobody knows it any more. */
  authMode: string;
  endUser?: EndUserRow | null;
  /** Why there is no such connection, or none that works. */
  failure?: { type: string; description: string };
}

export async function writeAuthEvent(
  tx: Transaction,
  { operation, connection, integration, authMode, endUser, failure }: AuthEvent,
): Promise<void> {
  const { environmentId } = connection;
  const [environment] = await tx
    .select({ name: environments.name })
    .from(environments)
    .where(eq(environments.id, environmentId));
  const occurredAt = new Date();
  await tx.insert(events).values({
    id: uuidv7(),
    environmentId,
    type: types[failure && operation === 'creation' ? 'failure' : operation],
    connectionId: connection.id,
    occurredAt,
    payload: {
      from: 'nango', // receivers test it
      type: 'auth',
      operation,
      connectionId: connection.connectionId,
      authMode,
      providerConfigKey: integration.uniqueKey,
      provider: integration.provider,
      environment: environment?.name ?? 'unknown',
      success: failure === undefined,
      ...(failure && { error: failure }),
      tags: connection.tags,
      ...(endUser && {
        endUser: {
          endUserId: endUser.endUserId,
          endUserEmail: endUser.email,
          ...(endUser.organizationId !== null && { organizationId: endUser.organizationId }),
          tags: endUser.tags ?? {},
        },
      }),
      occurredAt: occurredAt.toISOString(),
    },
  });
}
