// Reads targets: rows, the catalogue's entry and a credential that stays fresh while the function runs.
import { eq } from 'drizzle-orm';
import type { Catalogue } from '../../../providers/load.ts';
import type { ConnectionKey, LoadedConnection } from '../../connections/read-connection.ts';
import type { Credentials, FreshCredential, ReadCredential } from '../../credentials/credentials.ts';
import { noteUnhelpful, renewRefused } from '../../credentials/renew-refused.ts';
import type { EnvironmentDb } from '../../db/database.ts';
import { connections } from '../../db/schema/connections.ts';
import { integrations } from '../../db/schema/integrations.ts';
import { SynclineError } from '../../errors.ts';
import type { ProxyCredentials } from '../../proxy/entry.ts';
import { type TargetRows, targetOf } from '../../proxy/target.ts';
import type { Secrets } from './secrets.ts';
import type { LoadTarget, Target } from './target.ts';

/** How long a credential is used without asking whether somebody renewed it. */
const credentialMs = 60_000;
/** Of its life that must be left for a request to arrive. */
const marginMs = 30_000;
/** Other connections of a script are read again after this. */
const rowsMs = 60_000;

/** A connection's rows, when whoever starts the execution has just read them. */
export interface ReadTarget {
  rows: TargetRows;
  credential: ReadCredential;
}

interface TargetParts {
  catalogue: Catalogue;
  credentials: Credentials;
  secrets: Secrets;
  readConnection(key: ConnectionKey): Promise<LoadedConnection>;
}

export function createTargets(
  environment: EnvironmentDb,
  { catalogue, credentials, secrets, readConnection }: TargetParts,
): { loadTarget: LoadTarget; openTarget(read: ReadTarget): Promise<Target> } {
  const known = new Map<string, { readAt: number; target: Promise<Target> }>();

  async function open(rows: TargetRows, read: ReadCredential): Promise<Target> {
    const target = targetOf(rows, catalogue);
    const connectionId = target.connection.id;
    let used: FreshCredential;
    let usedSince = 0;
    const use = (fresh: FreshCredential) => {
      used = fresh;
      usedSince = Date.now();
      secrets.addCredential(fresh.credential);
    };
    use(await credentials.fresh(environment, { connectionId, read }));
    secrets.addNamed({ client_secret: target.integration.clientSecret });
    secrets.addNamed(target.integration.config);
    return {
      ...target,
      async credentials() {
        const expiresAt = used.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
        const now = Date.now();
        if (now - usedSince > credentialMs || expiresAt - now < marginMs)
          use(await credentials.fresh(environment, { connectionId }));
        return used.credential as ProxyCredentials;
      },
      async renew() {
        const other = await renewRefused(credentials, environment, { connectionId, version: used.version });
        if (other) use(other);
        return other !== undefined;
      },
      renewalDidNotHelp: () => noteUnhelpful(credentials, connectionId),
    };
  }

  const nameOf = ({ providerConfigKey, connectionId }: ConnectionKey) =>
    JSON.stringify([providerConfigKey, connectionId]);

  function keep(name: string, target: Promise<Target>): Promise<Target> {
    target.catch(() => known.delete(name));
    known.set(name, { readAt: Date.now(), target });
    return target;
  }

  return {
    loadTarget(key) {
      const name = nameOf(key);
      const found = known.get(name);
      if (found && Date.now() - found.readAt < rowsMs) return found.target;
      return keep(
        name,
        readConnection(key).then((loaded) => open(loaded, { row: loaded.stored, provider: loaded.provider })),
      );
    },
    openTarget({ rows, credential }) {
      const { integration, connection } = rows;
      const name = nameOf({ providerConfigKey: integration.uniqueKey, connectionId: connection.connectionId });
      return keep(name, open(rows, credential));
    },
  };
}

/** The caller's names of a connection of ours. */
export async function readOwner(environment: EnvironmentDb, connectionId: string): Promise<ConnectionKey> {
  const [row] = await environment.transaction((tx) =>
    tx
      .select({ providerConfigKey: integrations.uniqueKey, connectionId: connections.connectionId })
      .from(connections)
      .innerJoin(integrations, eq(integrations.id, connections.integrationId))
      .where(eq(connections.id, connectionId)),
  );
  if (!row) throw new SynclineError('unknown_connection', 'The connection was deleted.', { status: 400 });
  return row;
}
