// What came of a flow, kept under the id of the page that waits for it: told to its socket in whatever process that is, and
// on request while the page may still ask.
import { and, eq, gt, sql } from 'drizzle-orm';
import type { Client, EnvironmentDb } from '../../db/database.ts';
import { type FlowOutcome, flowResults } from '../../db/schema/connect-sessions.ts';
import { hashClientId } from './client-id.ts';

/** From the start of the flow, and again from its end. */
const keptFor = '10 minutes';
const until = sql`now() + ${keptFor}::text::interval`;
const channel = 'flow_results';

/** Told when it commits. */
export async function writeResult(environment: EnvironmentDb, clientHash: Buffer, outcome: FlowOutcome): Promise<void> {
  await environment.transaction(async (tx) => {
    const told = await tx
      .update(flowResults)
      .set({ outcome, expiresAt: until })
      .where(eq(flowResults.clientHash, clientHash))
      .returning({ clientHash: flowResults.clientHash });
    if (told.length > 0) await tx.execute(sql`SELECT pg_notify(${channel}, ${clientHash.toString('hex')})`);
  });
}

/** Of one's own session; an id that nobody used yet is pending. */
export async function readFlowOutcome(
  environment: EnvironmentDb,
  { sessionId, clientId }: { sessionId: string; clientId: string },
): Promise<FlowOutcome> {
  const isMine = and(
    eq(flowResults.clientHash, hashClientId(clientId)),
    eq(flowResults.sessionId, sessionId),
    gt(flowResults.expiresAt, sql`now()`),
  );
  const [row] = await environment.transaction((tx) => tx.select().from(flowResults).where(isMine));
  return row?.outcome ?? { status: 'pending' };
}

/** For sockets, whose holders prove by the id alone that a result is their own. By hash, in hexadecimal; only what has ended. */
export async function findOutcomes(platform: Client, hashes: string[]): Promise<Map<string, FlowOutcome>> {
  const rows = await platform<{ hash: string; outcome: FlowOutcome }[]>`
    SELECT encode(client_hash, 'hex') AS hash, outcome FROM flow_results
    WHERE client_hash IN (SELECT decode(hash, 'hex') FROM unnest(${platform.types.texts(hashes)}) AS hash)
      AND expires_at > now() AND outcome->>'status' <> 'pending'`;
  return new Map(rows.map(({ hash, outcome }) => [hash, outcome]));
}

/**
 * On a connection of its own, which the driver makes again when it is lost.
 * @param onResult a result was written under this hash, in hexadecimal
 * @param onListening from now on nothing is missed; what was written before must be looked up
 */
export async function listenForResults(
  platform: Client,
  { onResult, onListening }: { onResult(hash: string): void; onListening(): void },
): Promise<{ stop(): Promise<void> }> {
  const { unlisten } = await platform.listen(channel, onResult, onListening);
  return { stop: unlisten };
}

/** Of a flow that did not even start; an id that another flow has used hears nothing. */
export async function tellFailure(
  environment: EnvironmentDb,
  { sessionId, clientHash, providerConfigKey }: { sessionId: string; clientHash: Buffer; providerConfigKey: string },
  { code, message }: { code: string; message: string },
): Promise<void> {
  const outcome: FlowOutcome = {
    status: 'error',
    provider_config_key: providerConfigKey,
    error_type: code,
    error_desc: message,
  };
  const { environmentId } = environment;
  await environment.transaction(async (tx) => {
    const told = await tx
      .insert(flowResults)
      .values({ clientHash, environmentId, sessionId, outcome, expiresAt: until })
      .onConflictDoNothing()
      .returning({ clientHash: flowResults.clientHash });
    if (told.length > 0) await tx.execute(sql`SELECT pg_notify(${channel}, ${clientHash.toString('hex')})`);
  });
}
