// Bar 11: another environment's key on this one's objects, by every route that the API describes; and every table without an
// environment. Nothing may come out, nothing may change. This one's own key shows that the same requests would bite.

import { randomBytes } from 'node:crypto';
import type { TestApp, TestTenant } from '../../api/test-app.ts';
import type { OwnDatabase } from '../../core/db/test-server.ts';
import { createRandom } from '../../simulator/random.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';
import { startOwnPostgres } from './own-postgres.ts';
import { bodyOf, type Described, type Route, routesOf } from './route-table.ts';
import { shuffled } from './shuffled.ts';

/** In values of A that no request names: seen in an answer to B, it came out of A. */
const secret = `belongs-to-a-${randomBytes(6).toString('hex')}`;
const integration = 'integration-of-a';
const connection = 'connection-of-a';

/** They tell nothing of any tenant. */
const notOfTenants = new Set(['bundles', 'instance_facts', 'environments', 'migrations', 'schema_migrations']);

/** Of the long form: others that have objects of the same names, each going through everything in an order of its own. */
const twinCount = 10;

export async function tenant({ seed, long }: BarOptions): Promise<Outcome> {
  const random = createRandom(seed);
  const stop = await startOwnPostgres();
  const { openTestApp } = await import('../../api/test-app.ts');
  const app = await openTestApp('bar_tenant');
  try {
    const owner = app.own.owner;
    const a = await app.tenant();
    const b = await app.tenant();
    await fill(app, a);
    const described = (await (await b.call('GET', '/openapi.json')).json()) as Described;
    const ids = await idsOf(owner, a.env.environmentId);
    const routes = routesOf(described);
    const attempts = routes.flatMap((route) => attemptsOf(described, route, ids));

    const before = await fingerprint(owner, a.env.environmentId);
    const foreign = await tryAll(b, attempts);
    for (let twins = long ? twinCount : 0; twins > 0; twins--) {
      const twin = await app.tenant();
      await createObjects(twin, 'belongs to the twin');
      const { wrong, seen } = await tryAll(twin, shuffled(attempts, random), { hasNames: true });
      foreign.wrong.push(...wrong);
      foreign.seen += seen;
    }
    const changed = (await fingerprint(owner, a.env.environmentId)) !== before;
    const own = await tryAll(
      a,
      attempts.filter(({ route }) => route.method === 'GET'), // its own key would delete itself
    );
    const tables = await inspectTables(app, a.env.environmentId);
    await owner.unsafe(`
      CREATE TABLE bar_open (environment_id uuid NOT NULL, word text); GRANT ALL ON bar_open TO syncline_app;
      INSERT INTO bar_open VALUES ('${a.env.environmentId}', 'seen')`);
    const control = await inspectTables(app, a.env.environmentId);

    for (const line of [...foreign.wrong, ...tables.wrong].slice(0, 20)) console.log(line);
    const figure = renderFigure({
      seed,
      routes: routes.length,
      requests: attempts.length * (long ? 1 + twinCount : 1),
      foreign_2xx: foreign.wrong.length,
      secrets_seen: foreign.seen,
      rows_changed: changed ? 1 : 0,
      own_2xx: own.good,
      own_secrets_seen: own.seen,
      tables: tables.count,
      tables_open: tables.wrong.length,
      control_tables_open: control.wrong.length - tables.wrong.length,
    });
    const bites = own.seen > 5 && own.good > foreign.good && control.wrong.length > tables.wrong.length;
    const isSealed = foreign.wrong.length + foreign.seen + tables.wrong.length === 0 && !changed;
    return { holds: isSealed && bites && tables.count > 20, figure };
  } finally {
    await app.close();
    await stop();
  }
}

/** One row of A in every table, and objects that the API gives out. */
async function fill({ own: { owner } }: TestApp, a: TestTenant): Promise<void> {
  const { environmentId } = a.env;
  await createObjects(a, secret);
  const tables = await tenantTables(owner);
  for (const table of tables) {
    const [row] = await owner`SELECT 1 FROM ${owner(table)} WHERE environment_id = ${environmentId} LIMIT 1`;
    if (!row && table !== 'data_keys') await owner.unsafe(await insertStatement(owner, table, environmentId));
  }
}

/** By the API, with `word` in each. */
async function createObjects(who: TestTenant, word: string): Promise<void> {
  await ok(who, 'POST', '/integrations', {
    provider: 'simulator-api-key',
    unique_key: integration,
    display_name: word,
  });
  const end_user = { id: 'user-of-a', display_name: word };
  await ok(who, 'POST', '/connections', {
    provider_config_key: integration,
    connection_id: connection,
    credentials: { type: 'API_KEY', apiKey: word },
    connection_config: { base_url: 'http://127.0.0.1:9' },
    metadata: { marked: word },
    tags: { mark: word },
    end_user,
  });
  await ok(who, 'POST', '/connect/sessions', { end_user });
  await ok(who, 'POST', '/api-keys', { display_name: word });
}

async function ok(who: TestTenant, method: string, path: string, body: unknown): Promise<void> {
  const answer = await who.call(method, path, { body });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}

type Owner = OwnDatabase['owner'];

async function tenantTables(owner: Owner): Promise<string[]> {
  const rows = await owner<{ name: string }[]>`
    SELECT c.relname AS name FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'environment_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`;
  return rows.map(({ name }) => name);
}

/** With the least that its columns demand; texts are secret. */
async function insertStatement(owner: Owner, table: string, environmentId: string): Promise<string> {
  const columns = await owner<{ name: string; type: string }[]>`
    SELECT column_name AS name, data_type AS type FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = ${table} AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'`;
  const value = ({ name, type }: { name: string; type: string }): string => {
    if (name === 'environment_id') return `'${environmentId}'`;
    if (name === 'window_id') return 'COALESCE((SELECT min(id) FROM delete_windows), 1)';
    if (type === 'uuid') return 'gen_random_uuid()';
    if (type === 'ARRAY' || type === 'jsonb') return `'{}'`;
    if (type.startsWith('timestamp')) return 'now()';
    if (type === 'bytea') return `'\\x${randomBytes(8).toString('hex')}'`;
    return type === 'text' ? `'${secret}'` : '1';
  };
  const names = columns.map(({ name }) => name).join(', ');
  return `INSERT INTO ${table} (${names}) VALUES (${columns.map(value).join(', ')})`;
}

/** Every uuid and number by which something of A can be named. */
async function idsOf(owner: Owner, environmentId: string): Promise<string[]> {
  const ids: string[] = [];
  for (const table of await tenantTables(owner)) {
    const rows = await owner<{ row: Record<string, unknown> }[]>`
      SELECT to_jsonb(t) AS row FROM ${owner(table)} t WHERE environment_id = ${environmentId} LIMIT 3`;
    for (const { row } of rows) if (row['id'] !== undefined) ids.push(String(row['id']));
  }
  return [...new Set(ids)];
}

interface Attempt {
  route: Route;
  path: string;
  headers: Record<string, string>;
  body: unknown;
  /** Names something of A, so that 2xx says that it was found. */
  names: boolean;
  /** By an id that is A's alone. */
  byId: boolean;
}

const byName: Record<string, string> = {
  connectionId: connection,
  connection_id: connection,
  'connection-id': connection,
  uniqueKey: integration,
  unique_key: integration,
  providerConfigKey: integration,
  provider_config_key: integration,
  'provider-config-key': integration,
  integrationId: integration,
  integration_id: integration,
  endUserId: 'user-of-a',
};

/** A path with an id is tried with each id of A. */
function attemptsOf(described: Described, route: Route, ids: string[]): Attempt[] {
  const open = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).filter((name) => !byName[name]);
  const fillings = open.length === 0 ? [undefined] : ids;
  return fillings.map((id) => {
    const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(byName[name] ?? id ?? name));
    const query = route.parameters.filter((one) => one.in === 'query' && byName[one.name] !== undefined);
    const search = new URLSearchParams(query.map(({ name }) => [name, byName[name]!])).toString();
    const headers = route.parameters.filter((one) => one.in === 'header' && byName[one.name] !== undefined);
    const pick = (name: string) => byName[name];
    return {
      route,
      path: search ? `${path}?${search}` : path,
      headers: {
        'connection-id': connection,
        'provider-config-key': integration,
        ...Object.fromEntries(headers.map(({ name }) => [name, byName[name]!])),
      },
      body:
        route.method === 'GET' || route.method === 'HEAD'
          ? undefined
          : route.body && bodyOf(described, route.body, pick),
      names: route.path.includes('{') && !isCatalogue(route.path),
      byId: open.length > 0 && !isCatalogue(route.path),
    };
  });
}

/** The same for everybody. */
const isCatalogue = (path: string) => path.startsWith('/providers') || path.startsWith('/proxy/');

/** `hasNames`: it has objects of the same names, and may find those. */
async function tryAll(who: TestTenant, attempts: Attempt[], { hasNames = false } = {}) {
  const wrong: string[] = [];
  let seen = 0;
  /** Reads: this one's own key tries no other. */
  let good = 0;
  for (const { route, path, headers, body, names, byId } of attempts) {
    const answer = await who.call(route.method, path, { headers, ...(body !== undefined && { body }) });
    const text = await answer.text();
    if (answer.ok && route.method === 'GET') good += 1;
    if (text.includes(secret)) seen += 1;
    if (answer.ok && ((hasNames ? byId : names) || text.includes(secret)))
      wrong.push(`${answer.status}: ${route.method} ${path} ${text.slice(0, 120)}`);
  }
  return { wrong, seen, good };
}

/** Of all rows of an environment; when it was used, looked at or told of is no change. */
async function fingerprint(owner: Owner, environmentId: string): Promise<string> {
  const parts: string[] = [];
  for (const table of await tenantTables(owner)) {
    const [row] = await owner<{ print: string | null }[]>`
      SELECT md5(string_agg(r, ',' ORDER BY r)) AS print FROM (
        SELECT (to_jsonb(t) - 'last_used_at' - 'last_fetched_at' - 'poked_at')::text AS r
        FROM ${owner(table)} t WHERE environment_id = ${environmentId}) rows`;
    parts.push(`${table} ${row!.print}`);
  }
  return parts.join('\n');
}

/** As the application's role: without an environment nothing, under another nothing; and the policy holds for the owner too. */
async function inspectTables({ own: { owner }, database }: TestApp, environmentId: string) {
  const wrong: string[] = [];
  const { pages } = await database.forEnvironment(environmentId);
  const all = await owner<{ name: string; forced: boolean }[]>`
    SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`;
  for (const { name, forced } of all) {
    if (!forced && !notOfTenants.has(name)) wrong.push(`${name}: row-level security is not forced`);
    const [grant] = await owner<
      { may: boolean }[]
    >`SELECT has_table_privilege('syncline_app', ${name}, 'SELECT') AS may`;
    if (!grant!.may || notOfTenants.has(name)) continue;
    const [row] = await pages.unsafe(`SELECT count(*)::int AS n FROM ${name}`);
    if (row!['n'] > 0) wrong.push(`${name}: ${row!['n']} rows without an environment`);
  }
  return { wrong, count: all.length };
}
