// For tests beside this file: functions in real guests, on a real database, against whatever provider the test simulates.
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { events } from '../db/schema/events.ts';
import {
  bundles,
  type FunctionDefinition,
  type FunctionType,
  functions,
  functionVersions,
} from '../db/schema/functions.ts';
import { operations } from '../db/schema/logs.ts';
import { listMessages } from '../logs/read-logs.ts';
import { createSyncsForConnection } from '../syncs/create-syncs.ts';
import { createRunAction } from './create-run-action.ts';
import { createGuestPool } from './host/guest-pool.ts';
import { openTestHost } from './host/test-host.ts';
import type { Limits } from './limits.ts';
import { createReadVersion } from './read-version.ts';

export type TestRuntime = Awaited<ReturnType<typeof openTestRuntime>>;
export type Tenant = Awaited<ReturnType<TestRuntime['tenant']>>;

export interface Deployed {
  type?: FunctionType;
  name: string;
  /** CommonJS, as the compiler would write it; what `exec` is, is the text's own business. */
  js: string;
  definition?: Partial<FunctionDefinition>;
}

export async function openTestRuntime(
  name: string,
  provider: Parameters<typeof openTestHost>[1],
  { guests: size = 2, limits = {} as Partial<Limits> } = {},
) {
  const host = await openTestHost(name, provider);
  const { database } = host.test;
  const guests = createGuestPool({ size });
  const parts = { ...host.parts, database, guests, readVersion: createReadVersion(), limits };
  const runAction = createRunAction(parts);

  async function deploy(
    { env, integrationId }: { env: EnvironmentDb; integrationId: string },
    { type = 'action', name: named, js, definition = {} }: Deployed,
  ): Promise<{ functionId: string; versionId: string }> {
    const { environmentId } = env;
    const [functionId, versionId, hash] = [uuidv7(), uuidv7(), randomBytes(8).toString('hex')];
    const whole = { models: [], jsonSchema: null, scopes: [], endpoints: [], ...definition };
    await env.transaction(async (tx) => {
      await tx.insert(bundles).values({ environmentId, hash, js });
      await tx.insert(functionVersions).values({
        id: versionId,
        environmentId,
        functionId,
        number: 1,
        bundleHash: hash,
        source: '',
        definition: whole,
      });
      await tx
        .insert(functions)
        .values({ id: functionId, environmentId, integrationId, type, name: named, currentVersionId: versionId });
    });
    return { functionId, versionId };
  }

  /** A connection `c1` of the integration `crm`, whose provider is the simulated one. */
  async function tenant() {
    const connected = await host.connect();
    const { env, integrationId, connectionId } = connected;
    const { environmentId } = env;
    return {
      ...connected,
      deploy: (deployed: Deployed) => deploy(connected, deployed),
      /** Also makes its sync. */
      async deploySync(deployed: Omit<Deployed, 'type'>) {
        const made = await deploy(connected, { ...deployed, type: 'sync' });
        const [syncId] = await env.transaction((tx) =>
          createSyncsForConnection(tx, { environmentId, connectionId, integrationId }),
        );
        return { ...made, syncId: syncId! };
      },
      events: () => env.transaction((tx) => tx.select().from(events).orderBy(events.id)),
      async operations() {
        await parts.logs.flush();
        return env.transaction((tx) => tx.select().from(operations).orderBy(operations.createdAt, operations.id));
      },
      async linesOf(operationId: string) {
        await parts.logs.flush();
        return (await listMessages(env, { operationId, limit: 100 })).data.map(({ message }) => message);
      },
      disable: (functionId: string) =>
        env.transaction((tx) => tx.update(functions).set({ enabled: false }).where(eq(functions.id, functionId))),
    };
  }

  return {
    host,
    parts: { ...parts, runAction },
    guests,
    tenant,
    async close() {
      guests.close();
      await host.close();
    },
  };
}
