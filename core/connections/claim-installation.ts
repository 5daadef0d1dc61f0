// One connection for an installation: whoever comes back with the id of somebody else's installed app, which is no secret, takes nothing.
import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import type { Provider } from '../../providers/schema.ts';
import type { Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { SynclineError } from '../errors.ts';
import type { ConnectSession } from './sessions/session.ts';

interface Claimed {
  integrationId: string;
  provider: Provider;
  connectionConfig: Record<string, unknown>;
}

/** @throws SynclineError `callback_err` (400) when another connection has it */
export async function claimInstallation(
  tx: Transaction,
  { reconnects }: ConnectSession,
  { integrationId, provider, connectionConfig }: Claimed,
): Promise<void> {
  const installation = connectionConfig['installation_id'];
  const isInstalled = provider.auth_mode === 'APP' || provider.auth_mode === 'CUSTOM';
  if (!isInstalled || installation === undefined) return;
  // Two at once would not see each other's row.
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${integrationId}:${installation}`}, 0))`);
  const isOther = and(
    eq(connections.integrationId, integrationId),
    isNull(connections.deletedAt),
    sql`${connections.connectionConfig} ->> 'installation_id' = ${String(installation)}`,
    reconnects === null ? undefined : ne(connections.id, reconnects),
  );
  const [other] = await tx.select({ id: connections.id }).from(connections).where(isOther).limit(1);
  if (!other) return;
  throw new SynclineError('callback_err', `This installation of ${provider.display_name} is connected already.`, {
    status: 400,
    hint: 'Renew that connection: POST /connect/sessions/reconnect.',
  });
}
