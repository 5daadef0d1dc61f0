// Where credentials lie: one encrypted value for each connection, in a table of its own.
import { eq, sql } from 'drizzle-orm';
import type { Cipher } from '../crypto/key-ring.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { credentials } from '../db/schema/connections.ts';
import { type Credential, expiryOf, refreshTimeOf } from './credential.ts';

export type CredentialRow = typeof credentials.$inferSelect;

/** As much of a row as sending its credential takes. */
export type StoredCredential = Pick<CredentialRow, 'connectionId' | 'value' | 'version' | 'expiresAt' | 'refreshAt'>;

const place = (connectionId: string) => ({ table: 'credentials', column: 'value', row: connectionId });

export const sealCredential = (cipher: Cipher, connectionId: string, credential: Credential): Buffer =>
  cipher.encryptJson(place(connectionId), credential);

export const openCredential = (cipher: Cipher, row: { connectionId: string; value: Buffer }): Credential =>
  cipher.decryptJson<Credential>(place(row.connectionId), row.value);

/** A new credential from outside (import, new authorisation): the version goes up, the state of renewal starts afresh. */
export async function putCredential(
  tx: Transaction,
  { environmentId, cipher }: EnvironmentDb,
  connectionId: string,
  credential: Credential,
): Promise<CredentialRow> {
  const state = {
    type: credential.type,
    value: sealCredential(cipher, connectionId, credential),
    expiresAt: expiryOf(credential) ?? null,
    refreshAt: refreshTimeOf(credential),
    refusedAt: null,
    needsReauthAt: null,
    backoffUntil: null,
    updatedAt: new Date(),
  };
  const [row] = await tx
    .insert(credentials)
    .values({ connectionId, environmentId, ...state })
    .onConflictDoUpdate({
      target: credentials.connectionId,
      set: { ...state, version: sql`${credentials.version} + 1` },
    })
    .returning();
  return row!;
}

export async function deleteCredential(tx: Transaction, connectionId: string): Promise<void> {
  await tx.delete(credentials).where(eq(credentials.connectionId, connectionId));
}
