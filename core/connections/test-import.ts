// For tests: imports of connections with the functions of their events in real guests.
import { desc, eq } from 'drizzle-orm';
import { connections } from '../db/schema/connections.ts';
import type { OnEventName } from '../db/schema/functions.ts';
import { findOnEventFunction } from '../functions/on-event-functions.ts';
import { runOnEvent } from '../runtime/run-on-event.ts';
import type { Tenant, TestRuntime } from '../runtime/test-runtime.ts';
import { importConnection } from './import-connection.ts';
import { createValidateConnection } from './validate-connection.ts';

export const deployOn = (tenant: Tenant, event: OnEventName, name: string, body: string, position = 0) =>
  tenant.deploy({
    type: 'on-event',
    name,
    js: `exports.default = { type: 'onEvent', exec: async (nango) => { ${body} } };`,
    definition: { event, position },
  });

export async function runOn(
  runtime: TestRuntime,
  { env, connectionId }: Tenant,
  { event, functionId }: { event: OnEventName; functionId: string },
) {
  const found = await findOnEventFunction(env, functionId);
  return runOnEvent(runtime.parts, { environment: env, connectionId, event, function: found! });
}

/** The newest one of the name. */
export async function rowOf({ env }: Tenant, name: string) {
  const [row] = await env.transaction((tx) =>
    tx.select().from(connections).where(eq(connections.connectionId, name)).orderBy(desc(connections.id)).limit(1),
  );
  return row;
}

/** Types of the events that the app is told, and whether each is a success. */
export const told = async (tenant: Tenant) =>
  (await tenant.events()).map(({ type, payload }) => [type, payload['success']]);

export function openImport({ parts }: TestRuntime, { env }: Tenant, baseUrl: string) {
  const followed: string[] = [];
  const poke = {
    sync: async () => {},
    connection: async (_: string, id: string, change: string) => void followed.push(`${change} ${id}`),
    action: async () => {},
  };
  const validateConnection = createValidateConnection((execution) => runOnEvent(parts, execution));
  return {
    /** Connections whose workflow was started. */
    followed,
    poke,
    /** As `POST /connections` does. */
    connect: (connectionId: string, metadata: Record<string, unknown> = {}) =>
      importConnection(
        env,
        { catalogue: parts.catalogue, poke, validateConnection },
        {
          providerConfigKey: 'crm',
          connectionId,
          metadata,
          credential: { type: 'OAUTH2', access_token: 'token', raw: {} },
          connectionConfig: { base_url: baseUrl },
        },
      ),
  };
}
