// Takes an asynchronous action: the row first, then its workflow, which the reconciler starts should this process die between.
import { eq } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { asyncActions } from '../db/schema/async-actions.ts';
import { functionVersions } from '../db/schema/functions.ts';
import { SynclineError } from '../errors.ts';
import { checkValue } from '../functions/check-value.ts';
import type { JsonSchema } from '../functions/match-schema.ts';
import type { LogWriter } from '../logs/log-writer.ts';
import { type ActionNames, findAction } from '../runtime/find-action.ts';
import { operations } from '../runtime/operations.ts';
import type { Poke } from '../syncs/poke.ts';
import { actionIdOf } from './action-id.ts';
import { sealText } from './sealed.ts';

export interface AsyncCall extends ActionNames {
  input: unknown;
  /** On errors that may be gone the next time; 0 to 5. */
  maxRetries?: number | undefined;
  /** The same key is the same action. */
  idempotencyKey?: string | undefined;
  via?: 'action' | 'function';
}

/** @throws SynclineError as `findAction`; `invalid_action_input` (400), where the environment says so; `idempotency_key_reused` (422) */
export async function acceptAction(
  environment: EnvironmentDb,
  { poke, logs }: { poke: Poke; logs: LogWriter },
  { input, maxRetries = 0, idempotencyKey, via = 'action', ...names }: AsyncCall,
): Promise<{ id: string }> {
  const { environmentId, cipher } = environment;
  const { functionId, versionId, read } = await findAction(environment, names);
  const { connection, integration, provider } = read.rows;
  const id = actionIdOf(environmentId, idempotencyKey);
  const text = input === undefined ? null : JSON.stringify(input);
  const requestHash = cipher.contentHash(JSON.stringify([connection.id, names.actionName, maxRetries, text]));
  const operationId = uuidv7();
  const told = { integration: integration.uniqueKey, provider, connection: connection.connectionId };
  const known = await environment.transaction(async (tx) => {
    const made = await tx
      .insert(asyncActions)
      .values({
        id,
        environmentId,
        connectionId: connection.id,
        integrationId: integration.id,
        functionId,
        name: names.actionName,
        names: told,
        via,
        requestHash,
        input: text === null ? null : sealText(cipher, 'input', id, text),
        maxRetries,
        operationId,
      })
      .onConflictDoNothing()
      .returning({ id: asyncActions.id });
    if (made.length > 0) {
      // Only of a new one: what was taken stays taken, whatever is deployed since.
      if (read.facts.enforcesSchemas) await assertInput(tx, versionId, input);
      return undefined;
    }
    const [row] = await tx.select().from(asyncActions).where(eq(asyncActions.id, id));
    return row;
  });
  if (known && !known.requestHash.equals(requestHash)) throw keyReused();
  if (!known) {
    logs.start({
      ...operations[via],
      id: operationId,
      environmentId,
      state: 'waiting',
      title: names.actionName,
      integrationId: integration.id,
      connectionId: connection.id,
      context: told,
    });
  }
  if (!known?.finishedAt) await poke.action(environmentId, id);
  return { id };
}

async function assertInput(tx: Transaction, versionId: string, input: unknown): Promise<void> {
  const [version] = await tx
    .select({ definition: functionVersions.definition })
    .from(functionVersions)
    .where(eq(functionVersions.id, versionId));
  const { input: model, jsonSchema } = version!.definition;
  const definitions = jsonSchema?.definitions as Record<string, JsonSchema> | undefined;
  const mismatch = checkValue({ what: 'input', model, definitions }, () => input ?? null);
  if (mismatch) throw mismatch.refusal();
}

const keyReused = () =>
  new SynclineError('idempotency_key_reused', 'This Idempotency-Key came with another request before.', {
    status: 422,
    hint: 'Use a new key for each action, and the same one only to repeat a call whose answer was lost.',
  });
