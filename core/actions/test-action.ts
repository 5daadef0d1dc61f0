// For tests: a deployed action of a connection, and the steps that its executions take.
import { randomBytes } from 'node:crypto';
import { uuidv7 } from '../crypto/uuid.ts';
import { bundles, type FunctionDefinition, functions, functionVersions } from '../db/schema/functions.ts';
import type { LogWriter } from '../logs/log-writer.ts';
import type { TestDatabase } from '../records/test-database.ts';
import type { Poke } from '../syncs/poke.ts';
import { type AsyncCall, acceptAction } from './accept-action.ts';

export type TestAction = Awaited<ReturnType<typeof createTestAction>>;

type Tenant = Awaited<ReturnType<TestDatabase['environment']>>;

/** `send-mail` of the integration `crm`. */
export async function deployTestAction({ env, integrationId }: Tenant, schemas: Partial<FunctionDefinition> = {}) {
  const { environmentId } = env;
  const [functionId, versionId, hash] = [uuidv7(), uuidv7(), randomBytes(8).toString('hex')];
  const definition = { models: [], jsonSchema: null, scopes: [], endpoints: [], ...schemas };
  await env.transaction(async (tx) => {
    await tx.insert(bundles).values({ environmentId, hash, js: '// nothing' });
    await tx
      .insert(functionVersions)
      .values({ id: versionId, environmentId, functionId, number: 1, bundleHash: hash, source: '', definition });
    await tx.insert(functions).values({
      id: functionId,
      environmentId,
      integrationId,
      type: 'action',
      name: 'send-mail',
      currentVersionId: versionId,
    });
  });
  return { functionId, versionId };
}

export async function createTestAction(test: TestDatabase, schemas?: Partial<FunctionDefinition>) {
  const made = await test.environment();
  const { env } = made;
  const started: string[] = [];
  const poke: Poke = {
    sync: async () => {},
    connection: async () => {},
    action: async (_environmentId, id) => void started.push(id),
  };
  const logs: LogWriter = { start() {}, end() {}, message() {}, flush: async () => {}, dropped: 0 };
  const accept = (call: Partial<AsyncCall> = {}) =>
    acceptAction(
      env,
      { poke, logs },
      { providerConfigKey: 'crm', connectionId: 'c1', actionName: 'send-mail', input: { to: 'a' }, ...call },
    );
  return { ...made, ...(await deployTestAction(made, schemas)), started, accept };
}
