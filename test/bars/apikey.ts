// Bar 4: keys are nowhere in plain text; each route asks for its scope and for no other; expired and revoked keys are refused at
// once; checking one costs microseconds; a flood of keys that nobody has slows those that somebody has by less than twice.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestApp, TestTenant } from '../../api/test-app.ts';
import { keyPrefix, makeApiKey } from '../../core/environments/api-key-format.ts';
import { createKeyFinder } from '../../core/environments/find-api-key.ts';
import { type Flood, measureFlood } from './apikey-flood.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';
import { startOwnPostgres } from './own-postgres.ts';
import { type Described, type Route, routesOf } from './route-table.ts';
import { formsOf } from './secret-forms.ts';

/** Without a key at all, or with the token of a session only. */
const keyless =
  /^\/(health|ready|openapi\.json|docs|catalogue|providers\.json|oauth\/|cli\/|connect\/(telemetry|session)|oauth2?\/|api-auth\/|auth\/|connect\/?$)/;

/** Any key will do: what they tell is the same for everybody, or the name of the key's own environment; a browser's landing page. */
const anyKey = /^\/(providers(\/|$)|api\/v1\/environments$|app-auth\/connect$)/;

export async function apikey({ seed, long, port, untimed = false }: BarOptions): Promise<Outcome> {
  const stop = await startOwnPostgres();
  const { openTestApp } = await import('../../api/test-app.ts');
  const app = await openTestApp('bar_apikey');
  try {
    const tenant = await app.tenant();
    const matrix = await checkScopes(app, tenant);
    const life = await checkLife(await app.tenant()); // the matrix used up what keys an environment may have
    const plain = await findPlain(app, [tenant.key, ...life.secrets]);
    await app.own.owner`UPDATE api_keys SET display_name = ${tenant.key} WHERE id = (SELECT id FROM api_keys LIMIT 1)`;
    const control = await findPlain(app, [tenant.key]);
    const guesses = await guess(tenant);
    const verifyUs = await measureVerify(app, tenant.key);
    const limited = await countLimited(tenant);
    const flood = untimed ? undefined : await measureFlood({ port, rounds: long ? 20 : 5 });
    for (const line of [...matrix.wrong, ...life.wrong].slice(0, 20)) console.log(line);
    const figure = renderFigure({
      seed,
      plaintext: plain,
      control_plaintext: control,
      routes: matrix.routes,
      scopes: matrix.scopes,
      matrix_mismatches: matrix.wrong.length,
      control_without_scope: matrix.control,
      expired_or_revoked_accepted: life.wrong.length,
      guesses_accepted: guesses.accepted,
      malformed_that_asked_the_database: guesses.asked,
      verify_us: verifyUs.toFixed(1),
      unknown_limited: limited,
      ...(flood && floodFigures(flood)),
    });
    const isSafe = plain + matrix.wrong.length + life.wrong.length + guesses.accepted + guesses.asked === 0;
    const bites = control > 0 && matrix.control > 0 && matrix.scopes > 10 && limited > 0;
    const isFast = !flood || (verifyUs <= 50 && isUnmoved(flood));
    return { holds: isSafe && bites && isFast, figure };
  } finally {
    await app.close();
    await stop();
  }
}

const floodFigures = (flood: Flood) => ({
  idle_p99_ms: flood.idleMs.toFixed(2),
  flood_p99_ms: flood.floodMs.toFixed(2),
  flood_ratio: flood.ratio.toFixed(2),
  flood_ratios: flood.ratios.map((ratio) => ratio.toFixed(2)).join('/'),
  control_ratio: flood.controlRatio.toFixed(2),
  flood_per_s: flood.perSecond,
  flood_401: flood.lookedUp,
  flood_429: flood.limited,
});

/** A flood that was not answered in time was none; without the limit it has to hurt. */
const isUnmoved = ({ ratio, controlRatio, perSecond }: Flood) => ratio <= 2 && controlRatio > 2 && perSecond >= 1_600;

const pathOf = ({ path }: Route) => path.replace(/\{[^}]+\}/g, '00000000-0000-4000-8000-000000000000');

/** What a route asks for is what it says to a key that may do nothing. */
async function checkScopes({ own: { owner } }: TestApp, tenant: TestTenant) {
  const described = (await (await tenant.call('GET', '/openapi.json')).json()) as Described;
  const routes = routesOf(described).filter(
    ({ path, method }) => !keyless.test(path) && !anyKey.test(path) && method !== 'HEAD', // HEAD has no body to say it in
  );
  const poor = await tenant.keyWith('nothing:at_all');
  const wanted = new Map<Route, string[]>();
  const wrong: string[] = [];
  for (const route of routes) {
    const { status, text } = await ask(tenant, route, poor);
    const scopes = [...text.matchAll(/(?:environment|account):[a-z_]+(?::[a-z_]+)*/g)].map(([scope]) => scope);
    if (status === 403 && scopes.length > 0) wanted.set(route, scopes);
    else wrong.push(`${route.method} ${route.path}: ${status} to a key without any scope`);
  }
  const all = [...new Set([...wanted.values()].flat())];
  const keys = new Map<string, string>();
  async function keyOf(scopes: string[]): Promise<string> {
    const name = scopes.join(' ');
    const key = keys.get(name) ?? (await tenant.keyWith('one'));
    if (!keys.has(name)) await owner`UPDATE api_keys SET scopes = ${scopes} WHERE prefix = ${keyPrefix(key)}`;
    keys.set(name, key);
    return key;
  }
  // Each of its scopes opens a route; all the others together do not, so none of them does.
  for (const [route, scopes] of wanted) {
    for (const scope of scopes) {
      const { status } = await ask(tenant, route, await keyOf([scope]));
      if (status === 403) wrong.push(`${route.method} ${route.path}: 403 to ${scope}`);
    }
    const { status } = await ask(tenant, route, await keyOf(all.filter((scope) => !scopes.includes(scope))));
    if (status !== 403) wrong.push(`${route.method} ${route.path}: ${status} to all scopes but ${scopes.join(', ')}`);
  }
  // The control: a route that is known to need none is found out by the same question.
  const open = await ask(tenant, { method: 'GET', path: '/openapi.json', parameters: [], body: undefined }, poor);
  return { wrong, routes: routes.length, scopes: all.length, control: open.status === 403 ? 0 : 1 };
}

async function ask(tenant: TestTenant, route: Route, key: string): Promise<{ status: number; text: string }> {
  const body = route.body && route.method !== 'GET' ? { body: { no: 'such field' } } : {};
  const headers = { authorization: `Bearer ${key}`, 'provider-config-key': 'none', 'connection-id': 'none' };
  const answer = await tenant.call(route.method, pathOf(route), { headers, ...body });
  return { status: answer.status, text: await answer.text() };
}

/** Through the API, as apps have it. */
async function checkLife(tenant: TestTenant) {
  const wrong: string[] = [];
  const make = async (more: object) => {
    const answer = await tenant.call('POST', '/api-keys', {
      body: { display_name: randomBytes(4).toString('hex'), ...more },
    });
    if (answer.status !== 201) throw new Error(`A key could not be made: ${await answer.text()}`);
    return ((await answer.json()) as { data: { id: string; secret: string } }).data;
  };
  const statusOf = async (secret: string) =>
    (await tenant.call('GET', '/api-keys', { headers: { authorization: `Bearer ${secret}` } })).status;
  const short = await make({ expires_at: new Date(Date.now() + 2_000).toISOString() });
  const first = await make({});
  const second = await make({});
  for (const key of [short, first, second])
    if ((await statusOf(key.secret)) !== 200) wrong.push('a good key is refused');
  await tenant.call('DELETE', `/api-keys/${first.id}`);
  await sleep(1_000);
  if ((await statusOf(first.secret)) !== 401) wrong.push('a revoked key is accepted after a second');
  if ((await statusOf(second.secret)) !== 200) wrong.push('revoking one key ended another');
  await sleep(2_200);
  if ((await statusOf(short.secret)) !== 401) wrong.push('an expired key is accepted');
  return { wrong, secrets: [short.secret, first.secret, second.secret] };
}

/** In every text and every byte of every table. */
async function findPlain({ own: { owner } }: TestApp, secrets: string[]): Promise<number> {
  const forms = secrets.flatMap(formsOf);
  const tables = await owner<{ name: string }[]>`
    SELECT c.relname AS name FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition`;
  let found = 0;
  for (const { name } of tables) {
    const rows = await owner<{ row: string }[]>`SELECT t::text AS row FROM ${owner(name)} t`;
    for (const { row } of rows) if (forms.some((form) => row.includes(form))) found += 1;
  }
  return found;
}

/** Near misses: another last character, another environment's name, a prefix; and what the checksum refuses asks nobody. */
async function guess(tenant: TestTenant) {
  const { key } = tenant;
  const near = [
    key.slice(0, -1),
    `${key}x`,
    key.replace('sl_dev', 'sl_prod'),
    key.toUpperCase(),
    key.slice(3),
    '',
    'null',
    `${key} `.repeat(2),
  ];
  const flipped = Array.from(
    { length: key.length },
    (_, at) => `${key.slice(0, at)}${key[at] === 'a' ? 'b' : 'a'}${key.slice(at + 1)}`,
  );
  const wellFormed = Array.from({ length: 50 }, () => makeApiKey('dev'));
  let accepted = 0;
  let asked = 0;
  for (const one of [...near, ...flipped, ...wellFormed]) {
    if (one === key) continue;
    const answer = await tenant.call('GET', '/integrations', { headers: { authorization: `Bearer ${one}` } });
    const text = await answer.text();
    if (answer.status !== 401 && answer.status !== 429) accepted += 1;
    if (!wellFormed.includes(one) && text.includes('unknown_account')) asked += 1;
  }
  return { accepted, asked };
}

async function measureVerify({ database }: TestApp, key: string): Promise<number> {
  const present = createKeyFinder(database, { now: () => 0 });
  for (let warm = 0; warm < 2_000; warm++) await present(key).find();
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const from = process.cpuUsage();
    for (let n = 0; n < 2_000; n++) await present(key).find();
    const { user, system } = process.cpuUsage(from);
    rounds.push((user + system) / 2_000);
  }
  return Math.min(...rounds); // CPU, and the least of it: neighbours only add
}

/** One address with unknown keys, as fast as it can: soon nothing is looked up any more; a good key does not suffer for it. */
async function countLimited(tenant: TestTenant): Promise<number> {
  const statuses = await Promise.all(
    Array.from({ length: 700 }, async () => {
      const headers = { authorization: `Bearer ${makeApiKey('dev')}` };
      return (await tenant.call('GET', '/api-keys', { headers })).status;
    }),
  );
  const { status } = await tenant.call('GET', '/api-keys');
  if (status !== 200) throw new Error(`A good key got ${status} from an address that floods.`);
  return statuses.filter((one) => one === 429).length;
}
