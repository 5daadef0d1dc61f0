// API keys: stored as a keyed hash, shown once, limited by scopes and perhaps a time.

import type { KeyObject } from 'node:crypto';
import { and, count, desc, eq, lt } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { apiKeys } from '../db/schema/environments.ts';
import { SynclineError } from '../errors.ts';
import { hashApiKey, keyPrefix, makeApiKey } from './api-key-format.ts';
import { assertWithin, defaultScopes } from './scopes.ts';

const maxKeys = 50;

export type ApiKeyRow = typeof apiKeys.$inferSelect;

export interface NewApiKey {
  environmentName: string;
  displayName: string;
  scopes?: readonly string[] | undefined;
  expiresAt?: Date | undefined;
  /** What the creator holds; absent for the operator, who may give everything. */
  creatorScopes?: readonly string[] | undefined;
}

/** @throws SynclineError `conflict` (the name), `resource_capped`, `forbidden` (scopes beyond the creator's) */
export async function createApiKey(
  environment: EnvironmentDb,
  pepper: KeyObject,
  { environmentName, displayName, scopes = defaultScopes, expiresAt, creatorScopes }: NewApiKey,
): Promise<{ row: ApiKeyRow; secret: string }> {
  if (creatorScopes) assertWithin(creatorScopes, scopes);
  const secret = makeApiKey(environmentName);
  const row = await environment.transaction(async (tx) => {
    const [existing] = await tx.select({ keys: count() }).from(apiKeys);
    if (existing!.keys >= maxKeys) {
      throw new SynclineError('resource_capped', `An environment has at most ${maxKeys} keys.`, {
        status: 400,
        hint: 'Delete one that is not used.',
      });
    }
    const [inserted] = await tx
      .insert(apiKeys)
      .values({
        id: uuidv7(),
        environmentId: environment.environmentId,
        displayName,
        prefix: keyPrefix(secret),
        hmac: hashApiKey(pepper, secret),
        scopes: [...scopes],
        expiresAt: expiresAt ?? null,
      })
      .onConflictDoNothing({ target: [apiKeys.environmentId, apiKeys.displayName] })
      .returning();
    return inserted;
  });
  if (!row) throw new SynclineError('conflict', `There is a key '${displayName}' already.`, { status: 409 });
  return { row, secret };
}

/** Newest first; `before` is the id of the last row seen. */
export async function listApiKeys(
  environment: EnvironmentDb,
  {
    before,
    displayName,
    limit = maxKeys,
  }: { before?: string | undefined; displayName?: string | undefined; limit?: number } = {},
): Promise<ApiKeyRow[]> {
  return environment.transaction((tx) =>
    tx
      .select()
      .from(apiKeys)
      .where(
        and(
          before ? lt(apiKeys.id, before) : undefined,
          displayName ? eq(apiKeys.displayName, displayName) : undefined,
        ),
      )
      .orderBy(desc(apiKeys.id))
      .limit(limit),
  );
}

const unknownKey = () => new SynclineError('not_found', 'There is no such key in this environment.', { status: 404 });

/** @throws SynclineError `not_found` */
export async function readApiKey(environment: EnvironmentDb, id: string): Promise<ApiKeyRow> {
  const [row] = await environment.transaction((tx) => tx.select().from(apiKeys).where(eq(apiKeys.id, id)));
  if (!row) throw unknownKey();
  return row;
}

/** Counts within a second everywhere. @throws SynclineError `not_found` */
export async function deleteApiKey(environment: EnvironmentDb, id: string): Promise<void> {
  const deleted = await environment.transaction((tx) =>
    tx.delete(apiKeys).where(eq(apiKeys.id, id)).returning({ id: apiKeys.id }),
  );
  if (deleted.length === 0) throw unknownKey();
}
