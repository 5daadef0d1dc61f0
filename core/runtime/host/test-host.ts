// For tests beside this file: the host's side of executions, on a real database and with whatever provider the test simulates.
import { eq } from 'drizzle-orm';
import { loadCatalogue } from '../../../providers/load.ts';
import { createCredentials } from '../../credentials/credentials.ts';
import { putCredential } from '../../credentials/store.ts';
import { connections } from '../../db/schema/connections.ts';
import { integrations } from '../../db/schema/integrations.ts';
import { createEgress } from '../../egress/egress.ts';
import { installGlobalFetch } from '../../egress/global-fetch.ts';
import { SynclineError } from '../../errors.ts';
import { sealSecrets } from '../../integrations/app-credentials.ts';
import { createLogWriter } from '../../logs/create-log-writer.ts';
import { listMessages } from '../../logs/read-logs.ts';
import { createPageWriter } from '../../records/commit-page.ts';
import { openTestDatabase } from '../../records/test-database.ts';
import { begin, createTestSync, type TestSync } from '../../syncs/test-sync.ts';
import type { FunctionKind } from '../protocol.ts';
import type { RunAction } from '../run-action.ts';
import { handleCalls } from './handle-calls.ts';
import { openJournal } from './journal.ts';
import { type ContextParts, openContext } from './open-context.ts';
import type { RunContext } from './run-context.ts';

/** Of the simulator; this file is not a test, so it may not know it. */
interface Provider {
  readonly url: string;
  listen(): Promise<string>;
  close(): Promise<void>;
  oauth: { issue(): { accessToken: string; refreshToken: string | undefined } };
}

export type TestHost = Awaited<ReturnType<typeof openTestHost>>;
type Args = Record<string, unknown>;

export async function openTestHost(name: string, provider: Provider) {
  const test = await openTestDatabase(name);
  const { database } = test;
  const url = await provider.listen();
  const egress = createEgress({ allow: [new URL(url).host], env: 'development' });
  const restoreFetch = installGlobalFetch(egress);
  const catalogue = loadCatalogue();
  const logs = createLogWriter({ database });
  const poked: string[] = [];
  const poke: ContextParts['poke'] = {
    sync: async (_environmentId, id, options) => void poked.push(options?.stopRun ? `stop ${id}` : id),
    connection: async () => {},
    action: async () => {},
  };
  const credentials = createCredentials({ database, catalogue, egress });
  const parts: ContextParts = { catalogue, egress, credentials, logs, publicUrl: 'https://sync.example', poke };

  /** A connection `c1` of an OAuth integration `crm`, with one sync. */
  async function connect(): Promise<TestSync> {
    const sync = await createTestSync(test);
    const { env, integrationId, connectionId } = sync;
    const app = { type: 'OAUTH2', client_id: 'sim-client', client_secret: 'sim-secret' } as const;
    const sealed = sealSecrets(env.cipher, integrationId, { credentials: app, config: {} });
    const { accessToken, refreshToken = '' } = provider.oauth.issue();
    await env.transaction(async (tx) => {
      await tx
        .update(integrations)
        .set({ provider: 'simulator', credentials: sealed })
        .where(eq(integrations.id, integrationId));
      await tx
        .update(connections)
        .set({ connectionConfig: { base_url: url } })
        .where(eq(connections.id, connectionId));
      await putCredential(tx, env, connectionId, {
        type: 'OAUTH2',
        access_token: accessToken,
        refresh_token: refreshToken,
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
        raw: {},
      });
    });
    return sync;
  }

  const refuseActions: RunAction = async () => {
    throw new SynclineError('not_found', 'This test runs no actions.', { status: 404 });
  };

  function answering(context: RunContext) {
    const { handle, state } = handleCalls(context, database.keys.purpose('cursor'));
    const call = (method: string, args: Args = {}, body = Buffer.alloc(0)) => handle(method, args, body);
    return {
      context,
      state,
      call,
      result: async <T>(method: string, args?: Args) => (await call(method, args)).result as T,
    };
  }

  const park = () => {
    throw new Error('parked');
  };

  /** One of a function that is no run. */
  async function execute(
    { env }: TestSync,
    { kind = 'action' as FunctionKind, runAction = refuseActions, depth = 0, name = 'act' } = {},
  ) {
    const context = await openContext(parts, {
      environment: env,
      kind,
      name,
      connection: { providerConfigKey: 'crm', connectionId: 'c1' },
      operationId: crypto.randomUUID(),
      signal: new AbortController().signal,
      runAction,
      depth,
    });
    return answering({ ...context, park });
  }

  /** The next attempt of the sync's run, as after a kill of the one before. */
  async function attempt(sync: TestSync, { runAction = refuseActions, js = '' } = {}) {
    const { env } = sync;
    const run = await begin(sync);
    const { attempt: begun } = run;
    const writer = { syncId: sync.syncId, runId: begun.runId, fence: begun.fence };
    const context = await openContext(parts, {
      environment: env,
      kind: 'sync',
      name: begun.name,
      connection: { providerConfigKey: 'crm', connectionId: 'c1' },
      operationId: begun.operationId,
      signal: new AbortController().signal,
      runAction,
    });
    const journal = await openJournal(env, { runId: begun.runId, segment: begun.journalSegment });
    const answered = answering({
      ...context,
      park,
      journal,
      records: { variant: begun.variant, pages: createPageWriter(env, writer), writer },
      run: {
        writer,
        bundleHash: begun.bundleHash,
        startedAt: begun.startedAt,
        beganFrom: begun.beganFrom,
        deletesUnseen: js.includes('deleteRecordsFromPreviousExecutions'),
        trackedModels: new Set(),
      },
    });
    const finish: typeof run.finish = async (...how) => {
      await answered.state.settled();
      return run.finish(...how);
    };
    return { ...answered, attempt: begun, finish, flush: () => journal.flush() };
  }

  /** A save as it crosses the pipe. */
  const page = (records: { id: string }[], model = 'Contact') => {
    const bodies = records.map((record) => Buffer.from(JSON.stringify(record)));
    const args = {
      model,
      ids: records.map(({ id }) => id),
      lengths: bodies.map(({ length }) => length),
      quarantined: [],
      duplicates: 0,
    };
    return [args, Buffer.concat(bodies)] as const;
  };

  return {
    test,
    parts,
    connect,
    execute,
    answering,
    attempt,
    page,
    poked,
    credentials,
    async linesOf({ environment, operationId }: RunContext) {
      await logs.flush();
      return (await listMessages(environment, { operationId, limit: 100 })).data;
    },
    async close() {
      restoreFetch();
      await logs.flush();
      await Promise.all([egress.close(), provider.close()]);
      await test.close();
    },
  };
}
