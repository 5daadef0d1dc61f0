// What a renewal's answer says about the account (`refresh_token_response_metadata`) goes into `connection_config`. After the swap and
// outside of its lock: whoever reconnects holds these two rows in the other order.
import { eq, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import type { Credential } from './credential.ts';
import type { RenewalSubject } from './renewal-subject.ts';
import { metadataOf } from './response-metadata.ts';

export async function keepRenewalMetadata(
  environment: EnvironmentDb,
  { connection, provider }: RenewalSubject,
  credential: Credential,
): Promise<void> {
  const raw = 'raw' in credential ? (credential.raw as Record<string, unknown>) : {};
  const found = metadataOf(provider?.refresh_token_response_metadata, raw);
  if (Object.entries(found).every(([key, value]) => connection.connectionConfig[key] === value)) return;
  await environment.transaction((tx) =>
    tx
      .update(connections)
      .set({ connectionConfig: sql`${connections.connectionConfig} || ${JSON.stringify(found)}::jsonb` })
      .where(eq(connections.id, connection.id)),
  );
}
