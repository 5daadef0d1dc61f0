// The `auth` event: what the app is told when a connection comes, changes hands or goes. Written with its cause.
import { eq } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { Transaction } from '../db/database.ts';
import { environments } from '../db/schema/environments.ts';
import { events } from '../db/schema/events.ts';
import { type AuthFacts, authEventName, authPayload } from '../webhooks/auth-payload.ts';
import type { ConnectionRow } from './connection-view.ts';

export interface AuthEvent extends Pick<AuthFacts, 'integration' | 'authMode' | 'endUser' | 'failure'> {
  /** What happens while a credential is renewed is told by its renewal. */
  operation: Exclude<AuthFacts['operation'], 'refresh'>;
  /** `id` null: a new one that came to nothing. */
  connection: Pick<ConnectionRow, 'environmentId' | 'connectionId' | 'tags'> & { id: string | null };
}

export async function writeAuthEvent(tx: Transaction, { connection, ...told }: AuthEvent): Promise<void> {
  const { id, environmentId, connectionId, tags } = connection;
  const [environment] = await tx
    .select({ name: environments.name })
    .from(environments)
    .where(eq(environments.id, environmentId));
  const occurredAt = new Date();
  const facts: AuthFacts = { ...told, connectionId, tags, environment: environment?.name ?? 'unknown', occurredAt };
  await tx.insert(events).values({
    id: uuidv7(),
    environmentId,
    type: authEventName(facts),
    connectionId: id,
    occurredAt,
    payload: authPayload(facts),
  });
}
