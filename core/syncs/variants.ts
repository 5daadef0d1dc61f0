// Variants: further syncs of one connection by the same function, each with its schedule, checkpoint, delete window and records.
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { functions } from '../db/schema/functions.ts';
import { syncs } from '../db/schema/syncs.ts';
import { SynclineError } from '../errors.ts';
import { createSyncVariant, markSyncsDeleted } from './create-syncs.ts';
import { connectionIdOf, integrationIdOf } from './find-syncs.ts';

const maxVariants = 100;

export interface VariantKey {
  providerConfigKey: string;
  connectionId: string;
  name: string;
  variant: string;
}

const refuse = (code: string, message: string, hint: string, status = 400) =>
  new SynclineError(code, message, { status, hint });

/** Created with the connection, removed with it. */
function assertNotBase(variant: string): void {
  if (variant !== 'base') return;
  throw refuse('invalid_variant', "The variant 'base' is every sync's own.", 'Give another name.');
}

async function ownerOf(tx: Transaction, { providerConfigKey, connectionId }: VariantKey) {
  const integrationId = await integrationIdOf(tx, providerConfigKey);
  const owner = await connectionIdOf(tx, { providerConfigKey, connectionId });
  // The wire knows the refusals below without a message.
  if (owner === undefined) throw refuse('unknown_connection', '', 'List them with GET /connections.');
  return { integrationId, owner };
}

/**
 * Paused where the function is not to start by itself.
 * @throws SynclineError invalid_variant, unknown_provider_config, unknown_connection, unknown_sync, resource_capped,
 *   sync_variant_already_exists (400)
 */
export async function createVariant(environment: EnvironmentDb, key: VariantKey): Promise<{ id: string }> {
  const { name, variant } = key;
  const { environmentId } = environment;
  assertNotBase(variant);
  return environment.transaction(async (tx) => {
    const { integrationId, owner } = await ownerOf(tx, key);
    const [found] = await tx
      .select({ id: functions.id })
      .from(functions)
      .where(
        and(
          eq(functions.integrationId, integrationId),
          eq(functions.type, 'sync'),
          eq(functions.name, name),
          isNull(functions.deletedAt),
        ),
      )
      .for('update'); // two at once must not be the hundred-and-first
    if (!found) throw refuse('unknown_sync', '', `Integration '${key.providerConfigKey}' has no sync '${name}'.`);
    const [counted] = await tx
      .select({ count: sql<number>`count(*)::int` })
      .from(syncs)
      .where(and(eq(syncs.connectionId, owner), eq(syncs.functionId, found.id), isNull(syncs.deletedAt)));
    const id = await createSyncVariant(tx, { environmentId, connectionId: owner, functionId: found.id, variant });
    if (id === undefined) throw refuse('sync_variant_already_exists', '', 'Delete it first, or use it.');
    if (counted!.count > maxVariants) {
      const message = `A sync has ${maxVariants} variants of a connection at most.`;
      throw refuse('resource_capped', message, 'Delete one that is not needed.');
    }
    return { id };
  });
}

/**
 * With its records and runs, which its workflow purges; a run in progress commits nothing more.
 * @throws SynclineError invalid_variant, unknown_provider_config, unknown_connection (400), not_found (404)
 */
export async function deleteVariant(environment: EnvironmentDb, key: VariantKey): Promise<{ stop: string[] }> {
  const { name, variant } = key;
  assertNotBase(variant);
  return environment.transaction(async (tx) => {
    const { owner } = await ownerOf(tx, key);
    const [found] = await tx
      .select({ id: syncs.id })
      .from(syncs)
      .where(
        and(eq(syncs.connectionId, owner), eq(syncs.name, name), eq(syncs.variant, variant), isNull(syncs.deletedAt)),
      );
    if (!found) throw refuse('not_found', '', `There is no variant '${variant}' of '${name}' here.`, 404);
    return { stop: await markSyncsDeleted(tx, { syncId: found.id }) };
  });
}
