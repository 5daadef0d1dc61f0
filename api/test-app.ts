// For the tests of routes: the whole application over a database of its own, with a key that may do everything.
import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { ValidateConnection } from '../core/connections/validate-connection.ts';
import { createCredentials } from '../core/credentials/credentials.ts';
import { uuidv7 } from '../core/crypto/uuid.ts';
import type { EnvironmentDb } from '../core/db/database.ts';
import { createEgress } from '../core/egress/egress.ts';
import { hashApiKey, keyPrefix, makeApiKey } from '../core/environments/api-key-format.ts';
import { openCatalogue } from '../core/integrations/catalogue.ts';
import { createLogWriter } from '../core/logs/create-log-writer.ts';
import { openTestDatabase, type TestDatabase } from '../core/records/test-database.ts';
import type { RunAction } from '../core/runtime/run-action.ts';
import { createApp } from './app.ts';
import type { Services } from './context.ts';

export interface TestTenant {
  env: EnvironmentDb;
  integrationId: string;
  connectionId: string;
  key: string;
  /** JSON in, `Response` out; names the connection `c1` of `crm` unless `headers` say otherwise. */
  call(method: string, path: string, options?: { body?: unknown; headers?: Record<string, string> }): Promise<Response>;
  keyWith(...scopes: string[]): Promise<string>;
}

export interface TestApp extends TestDatabase {
  services: Services;
  poked: { id: string; stopRun: boolean }[];
  /** Connections and asynchronous actions whose workflow was started. */
  followed: string[];
  tenant(): Promise<TestTenant>;
}

export async function openTestApp(
  name: string,
  options: { runAction?: RunAction; validateConnection?: ValidateConnection; allowEgress?: string[] } = {},
): Promise<TestApp> {
  const test = await openTestDatabase(name);
  const { database } = test;
  const poked: TestApp['poked'] = [];
  const followed: string[] = [];
  const catalogue = openCatalogue({ providersDir: undefined, publicUrl: 'http://localhost:3003' });
  const egress = createEgress({ allow: options.allowEgress ?? [], env: 'test' });
  const services: Services = {
    config: { publicUrl: 'http://localhost:3003', env: 'test' } as Services['config'],
    database,
    catalogue,
    egress,
    credentials: createCredentials({ database, catalogue, egress }),
    logs: createLogWriter({ database }),
    poke: {
      async sync(_environmentId, id, { stopRun = false } = {}) {
        poked.push({ id, stopRun });
      },
      async connection(_environmentId, id, change) {
        followed.push(`${change} ${id}`);
      },
      async action(_environmentId, id) {
        followed.push(id);
      },
    },
    validateConnection: options.validateConnection ?? (async () => undefined),
    runAction: options.runAction ?? (() => Promise.reject(new Error('no actions in this test'))),
    readiness: async () => ({}),
  } as Services;
  const app = createApp(services, { requestsPerMinute: 100_000 });

  return {
    ...test,
    services,
    poked,
    followed,
    async tenant() {
      const made = await test.environment();
      const keyWith = async (...scopes: string[]) => {
        const secret = makeApiKey('dev');
        const granted = JSON.stringify((scopes.length > 0 ? scopes : ['*']).map((scope) => `environment:${scope}`));
        await made.env.transaction((tx) =>
          tx.execute(sql`
            INSERT INTO api_keys (id, environment_id, display_name, prefix, hmac, scopes)
            VALUES (${uuidv7()}, ${made.env.environmentId}, ${randomBytes(6).toString('hex')}, ${keyPrefix(secret)},
              ${hashApiKey(database.keys.purpose('api-key'), secret)}, ARRAY(SELECT jsonb_array_elements_text(${granted}::text::jsonb)))`),
        );
        return secret;
      };
      const key = await keyWith();
      return {
        ...made,
        key,
        keyWith,
        call: async (method, path, { body, headers } = {}) =>
          app.request(path, {
            method,
            headers: {
              authorization: `Bearer ${key}`,
              'connection-id': 'c1',
              'provider-config-key': 'crm',
              ...(body !== undefined && { 'content-type': 'application/json' }),
              ...headers,
            },
            ...(body !== undefined && { body: JSON.stringify(body) }),
          }),
      };
    },
    async close() {
      await services.logs.flush();
      await services.egress.close();
      await test.close();
    },
  };
}
