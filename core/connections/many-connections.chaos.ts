import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidv7 } from '../crypto/uuid.ts';
import { type Database, type EnvironmentDb, openDatabase } from '../db/database.ts';
import { createOwnDatabase, type OwnDatabase } from '../db/test-server.ts';
import { type ConnectionFilter, listConnections } from './list-connections.ts';

const total = 100_000;
const batch = 10_000;
/** Each has a tag of its own, one that all have, one that a thousandth has; ten belong to each end user. */
const fill = (environmentId: string, from: number) => sql`
  WITH users AS (
    INSERT INTO end_users (id, environment_id, end_user_id, organization_id)
    SELECT gen_random_uuid(), ${environmentId}, 'user-' || n, 'org-' || n / 100
    FROM generate_series(${from / 10}::int, ${(from + batch) / 10 - 1}::int) n RETURNING id, end_user_id
  ), made AS (
    INSERT INTO connections (id, environment_id, integration_id, connection_id, end_user_id, tags)
    SELECT gen_random_uuid(), ${environmentId}, CASE WHEN n % 1000 = 7 THEN ${rare}::uuid ELSE ${usual}::uuid END,
      'connection-' || n, u.id,
      jsonb_build_object('own', 'own-' || n, 'plan', 'all') || CASE WHEN n % 1000 = 0 THEN '{"region": "rare"}' ELSE '{}' END::jsonb
    FROM generate_series(${from}::int, ${from + batch - 1}::int) n JOIN users u ON u.end_user_id = 'user-' || n / 10 ORDER BY n
    RETURNING id
  )
  INSERT INTO credentials (connection_id, environment_id, type, value, expires_at, refresh_at)
  SELECT id, ${environmentId}, 'OAUTH2', 'x', now() + random() * interval '1 hour', now() + random() * interval '55 minutes' FROM made`;

let own: OwnDatabase;
let owner: OwnDatabase['owner'];
let database: Database;
let env: EnvironmentDb;
const [usual, rare] = [uuidv7(), uuidv7()];

beforeAll(async () => {
  own = await createOwnDatabase('many', { migrated: true });
  ({ owner } = own);
  database = await openDatabase({ url: own.url, encryptionKeys: [randomBytes(32)] });
  env = await createEnvironment();
  const { environmentId } = env;
  await env.transaction(async (tx) => {
    for (const [id, key] of [
      [usual, 'usual'],
      [rare, 'rare'],
    ])
      await tx.execute(sql`
        INSERT INTO integrations (id, environment_id, unique_key, provider, display_name)
        VALUES (${id}, ${environmentId}, ${key}, 'simulator', ${key})`);
  });
  for (let from = 0; from < total; from += batch) await env.transaction((tx) => tx.execute(fill(environmentId, from)));
  await owner.unsafe('ANALYZE connections; ANALYZE connection_tags; ANALYZE end_users; ANALYZE credentials');
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

async function createEnvironment(): Promise<EnvironmentDb> {
  const id = uuidv7();
  await owner`INSERT INTO environments (id, name, webhook_signing_key) VALUES (${id}, ${id}, 'x')`;
  return database.forEnvironment(id);
}

/** What Postgres does for a statement as a tenant's role: node types with their index, and how many rows it looked at. */
async function explain(query: {
  sql: string;
  params: unknown[];
}): Promise<{ nodes: string[]; rows: number; ms: number }> {
  const [row] = await env.pages.begin(async (tx) => {
    await tx`SELECT set_config('app.env_id', ${env.environmentId}, true)`;
    return await tx.unsafe(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${query.sql}`,
      query.params as postgres.ParameterOrJSON<never>[],
    );
  });
  const [{ Plan, 'Execution Time': ms }] = row!['QUERY PLAN'] as [{ Plan: PlanNode; 'Execution Time': number }];
  const all = flatten(Plan);
  const nodes = all.map((node) =>
    [node['Node Type'], node['Index Name'] ?? node['Relation Name']].filter(Boolean).join(' '),
  );
  const rows = all.reduce((sum, node) => sum + looked(node), 0);
  return { nodes, rows, ms };
}

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)];
const looked = (node: PlanNode) =>
  node.Plans ? 0 : (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];

/** The list as the API asks for it; its statement is caught on its way. */
async function list(filter: Partial<ConnectionFilter>) {
  const caught: { sql: string; params: unknown[] }[] = [];
  const watched: EnvironmentDb = {
    ...env,
    transaction: (work) =>
      env.transaction((tx) => {
        const session = (
          tx as unknown as { session: { prepareQuery(query: { sql: string; params: unknown[] }): unknown } }
        ).session;
        const prepare = session.prepareQuery.bind(session);
        session.prepareQuery = (query, ...rest: []) => {
          caught.push(query);
          return prepare(query, ...rest);
        };
        return work(tx);
      }),
  };
  const page = await listConnections(watched, { limit: 20, ...filter });
  return { ...page, plan: await explain(caught.at(-1)!) };
}

const middle = total / 2;
const ends = 20;

it.each<[string, Partial<ConnectionFilter>, number]>([
  ['newest first', {}, 20],
  ['from a cursor far back', { before: ends }, 19],
  ['with a tag that one has', { tags: { own: `own-${middle}` } }, 1],
  ['with a tag that all have', { tags: { plan: 'all' } }, 20],
  ['with a tag that all have, far back', { tags: { plan: 'all' }, before: ends }, 19],
  ['with a tag that few have', { tags: { region: 'rare' } }, 20],
  ['with two tags', { tags: { plan: 'all', own: `own-${middle}` } }, 1],
  ['with a tag that nobody has', { tags: { region: 'none' } }, 0],
  ['of an end user', { endUserId: `user-${middle / 10}` }, 10],
  ['of an end user that there is not', { endUserId: 'nobody' }, 0],
  ['of an organization', { organizationId: 'org-50' }, 20],
  ['by its own id', { connectionId: `connection-${middle}` }, 1],
  ['of an integration that few have', { providerConfigKeys: ['rare'] }, 20],
])('lists 100,000 connections %s by an index, looking at few rows', async (_name, filter, found) => {
  const { items, plan } = await list(filter);
  expect(items).toHaveLength(found);
  expect(plan.nodes.filter((node) => /^Seq Scan (connections|connection_tags|end_users)/.test(node))).toEqual([]);
  expect(plan.rows).toBeLessThan(2_500); // an organization's own thousand are sorted
});

it('pages through all of them by cursor at one price: the last page looks at as many rows as the first', async () => {
  const prices: number[] = [];
  for (let before: number | undefined = total + 1; before !== undefined && before > 1; before -= 24_990) {
    const { items, plan } = await list({ before, limit: 100 });
    expect(items[0]?.id).toBe(before - 1);
    prices.push(plan.rows);
  }
  expect(prices).toHaveLength(5);
  expect(Math.max(...prices.slice(0, 4))).toBeLessThan(1.5 * Math.min(...prices.slice(0, 4)));
});

it('finds what is due for renewal by an index', async () => {
  const { nodes, rows } = await explain({
    sql: `SELECT connection_id FROM credentials
      WHERE environment_id = $1 AND needs_reauth_at IS NULL AND refresh_at IS NOT NULL AND refresh_at <= now() + interval '1 second'
      ORDER BY refresh_at LIMIT 100`,
    params: [env.environmentId],
  });
  expect(nodes.join()).toContain('credentials_renewable');
  expect(rows).toBeLessThan(500);
});

it('keeps the index of tags as the connections are: changed, deleted, and nothing of it by another environment', async () => {
  const count = async (key: string, value: string) => (await list({ tags: { [key]: value } })).items.length;
  const set = (change: ReturnType<typeof sql>) =>
    env.transaction((tx) => tx.execute(sql`UPDATE connections SET ${change} WHERE connection_id = 'connection-123'`));
  await set(sql`tags = '{"own": "changed", "odd": null}'`);
  expect([await count('own', 'own-123'), await count('own', 'changed')]).toEqual([0, 1]);
  await set(sql`deleted_at = now()`);
  expect(await count('own', 'changed')).toBe(0);
  await set(sql`deleted_at = NULL`);
  expect(await count('own', 'changed')).toBe(1);
  await env.transaction((tx) => tx.execute(sql`DELETE FROM connections WHERE connection_id = 'connection-123'`));
  const [left] = await owner`SELECT count(*)::int AS n FROM connection_tags WHERE value = 'changed'`;
  expect(left!['n']).toBe(0);
  const other = await createEnvironment();
  expect((await listConnections(other, { limit: 20, tags: { plan: 'all' } })).items).toEqual([]);
});
