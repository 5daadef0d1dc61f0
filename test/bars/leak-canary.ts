// Bar 3: secrets of every kind go through an instance: stored, sent, renewed, refused, entered wrongly. Afterwards they are looked
// for in what its processes print, in every row, in every file of its data (Temporal's histories among them), in the logs that it
// shows and in every refusal. Planted ones show that each of these places is searched.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';
import { createBrowser } from '../e2e/browser.ts';
import { type System, startSystem } from '../e2e/system.ts';
import { goToCallback, param } from './oauth-world.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';
import { formsOf } from './secret-forms.ts';

/** By name, so that a leak says what leaked. The quotes and signs tell JSON's and URLs' spelling from the plain one. */
type Canaries = Map<string, string>;

const makeCanary = (canaries: Canaries, name: string): string => {
  const value = `sim-"${randomBytes(18).toString('base64url')}+/ü`;
  canaries.set(name, value);
  return value;
};

export async function leakCanary({ seed, port }: BarOptions): Promise<Outcome> {
  const system = await startSystem({
    port,
    settings: { SYNCLINE_PROVIDERS: join(import.meta.dirname, '..', 'e2e', 'auth-modes') },
  });
  try {
    const canaries: Canaries = new Map();
    const refusals: string[] = [];
    const modes = await importAll(system, canaries, refusals);
    await goThroughFlow(system, canaries, refusals);
    await enterWrongly(system, canaries, refusals);
    await sleep(2_000); // logs are written in batches
    const logs = await readLogs(system);
    const leaks = [
      ...find('output', [system.output()], canaries),
      ...find('refusals', refusals, canaries),
      ...find('logs', logs, canaries),
      ...find('rows', await readRows(system), canaries),
      ...find('files', readFiles(system), canaries),
    ];
    for (const leak of leaks.slice(0, 20)) console.log(leak);
    const planted = await plant(system);
    const figure = renderFigure({
      seed,
      canaries: canaries.size,
      modes,
      refusals: refusals.length,
      log_entries: logs.length,
      leaks: leaks.length,
      planted_found: `${planted.found}/${planted.count}`,
    });
    const isEnough = canaries.size >= 40 && modes >= 8 && logs.length > 0;
    return { holds: leaks.length === 0 && planted.found === planted.count && isEnough, figure };
  } finally {
    await system.end();
  }
}

/** What is imported, used by the proxy, renewed by force and read. @returns how many modes were taken */
async function importAll({ api, simulator }: System, canaries: Canaries, refusals: string[]): Promise<number> {
  let taken = 0;
  for (const [provider, { app, fields, config = {} }] of Object.entries(kinds)) {
    const secret = (name: string) => makeCanary(canaries, `${provider} ${name}`);
    const type = fields['type'];
    const integration = { provider, unique_key: provider };
    const credentials = app !== undefined && {
      credentials: { type: app, client_id: 'sim-client', client_secret: secret('client_secret') },
    };
    note(refusals, await api.call('POST', '/integrations', { body: { ...integration, ...credentials } }));
    const body = {
      provider_config_key: provider,
      connection_id: provider,
      credentials: Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [name, value === secretly ? secret(name) : value]),
      ),
      connection_config: { base_url: simulator.url, ...config },
    };
    trust(simulator, body.credentials);
    const answer = await api.call('POST', '/connections', { body });
    if (answer.status === 201) taken += 1;
    else note(refusals, answer);
    if (answer.status !== 201) console.log(`${type} was not taken: ${JSON.stringify(answer.body).slice(0, 200)}`);
    const headers = { 'provider-config-key': provider, 'connection-id': provider };
    note(refusals, await api.call('GET', '/proxy/me', { headers }));
    note(refusals, await api.call('POST', '/proxy/contacts', { headers, body: { word: secret('proxied body') } }));
    const query = { provider_config_key: provider, force_refresh: 'true' };
    note(refusals, await api.call('GET', `/connections/${provider}`, { query }));
  }
  return taken;
}

/** Those that are tested before they are stored have to be right. */
function trust({ auth }: System['simulator'], { type, apiKey, username, password }: Record<string, unknown>): void {
  if (type === 'API_KEY') auth.apiKeys = [...auth.apiKeys, String(apiKey)];
  if (type === 'BASIC') auth.basic = { username: String(username), password: String(password) };
}

const secretly = Symbol('a canary stands here');

interface Kind {
  /** Mode of the developer's app. */
  app?: string;
  fields: Record<string, unknown>;
  config?: Record<string, string>;
}

const past = new Date(Date.now() - 60_000).toISOString();

/** One of each shape that an import takes. */
const kinds: Record<string, Kind> = {
  'simulator-api-key': { fields: { type: 'API_KEY', apiKey: secretly } },
  'sim-basic': { fields: { type: 'BASIC', username: 'user', password: secretly } },
  simulator: {
    app: 'OAUTH2',
    fields: { type: 'OAUTH2', access_token: secretly, refresh_token: secretly, expires_at: past },
  },
  'sim-cc': {
    fields: { type: 'OAUTH2_CC', token: secretly, client_id: 'sim-client', client_secret: secretly, expires_at: past },
  },
  'sim-oauth1': { app: 'OAUTH1', fields: { type: 'OAUTH1', oauth_token: secretly, oauth_token_secret: secretly } },
  'sim-tba': {
    app: 'TBA',
    fields: { type: 'TBA', token_id: secretly, token_secret: secretly },
    config: { accountId: 'acme' },
  },
  'sim-jwt': { fields: { type: 'JWT', token: secretly, privateKey: secretly, expires_at: past } },
  'sim-signature': { fields: { type: 'SIGNATURE', token: secretly, username: 'user', password: secretly } },
  'sim-two-step': {
    fields: { type: 'TWO_STEP', token: secretly, refresh_token: secretly, password: secretly, expires_at: past },
  },
  'sim-bill': {
    fields: {
      type: 'BILL',
      username: 'user',
      password: secretly,
      organization_id: 'acme',
      dev_key: secretly,
      session_id: secretly,
      user_id: 'u',
    },
  },
};

const note = (refusals: string[], { status, body }: { status: number; body: unknown }): void => {
  if (status >= 400) refusals.push(JSON.stringify(body) ?? '');
};

/** A person's way through the popup, with a true code and true tokens; a callback that comes too late. */
async function goThroughFlow(
  { api, simulator, url, key }: System,
  canaries: Canaries,
  refusals: string[],
): Promise<void> {
  await api.ok('POST', '/integrations', {
    body: {
      provider: 'simulator',
      unique_key: 'popup',
      credentials: { type: 'OAUTH2', client_id: 'sim-client', client_secret: 'sim-secret' },
    },
  });
  const { data } = await api.ok<{ data: { token: string } }>('POST', '/connect/sessions', {
    body: { end_user: { id: 'alice' } },
  });
  const start = new URL(`${url}/oauth/connect/popup`);
  start.searchParams.set('connect_session_token', data.token);
  start.searchParams.set('params[base_url]', simulator.url);
  start.searchParams.set('authorization_params[auto]', '1');
  const browser = createBrowser();
  const callback = await goToCallback(browser, start.href);
  await browser.open(callback);
  refusals.push((await browser.open(callback)).body);
  const { connections } = await api.ok<{ connections: { connection_id: string }[] }>('GET', '/connections', {
    query: { integrationId: 'popup' },
  });
  const query = { provider_config_key: 'popup', refresh_token: 'true' };
  const read = async (more = {}) =>
    (
      await api.ok<{ credentials: Record<string, string> }>('GET', `/connections/${connections[0]!.connection_id}`, {
        query: { ...query, ...more },
      })
    ).credentials;
  for (const [name, more] of [
    ['first', {}],
    ['renewed', { force_refresh: 'true' }],
  ] as const) {
    const { access_token = '', refresh_token = '' } = await read(more);
    canaries.set(`${name} access token`, access_token);
    canaries.set(`${name} refresh token`, refresh_token);
  }
  canaries.set('authorization code', param(callback, 'code'));
  canaries.set('state', param(callback, 'state'));
  canaries.set('session token', data.token);
  canaries.set('API key', key);
}

/** Where a person or a program puts a secret that does not belong there. */
async function enterWrongly({ api, url, simulator }: System, canaries: Canaries, refusals: string[]): Promise<void> {
  const secret = (name: string) => makeCanary(canaries, name);
  const key = { provider_config_key: 'simulator-api-key' };
  const bodies = [
    { ...key, credentials: { type: 'API_KEY', apikey: secret('misspelt field') } },
    { ...key, credentials: { type: 'BASIC', username: 'u', password: secret('wrong type') } },
    { ...key, credentials: { type: 'API_KEY', apiKey: { nested: secret('nested') } } },
    { ...key, credentials: secret('bare') },
  ];
  for (const body of bodies) note(refusals, await api.call('POST', '/connections', { body }));
  const variables = [{ name: 'SECRET', value: secret('variable') }];
  await api.ok('PUT', '/environment-variables', { body: { variables } });
  await api.ok('PUT', '/environment-variables/SECRET_TOO', { body: { value: secret('other variable') } });
  const misplaced = { name: 'SECRET', value: secret('misplaced variable') };
  note(refusals, await api.call('PUT', '/environment-variables', { body: misplaced }));
  const { data } = await api.ok<{ data: { token: string } }>('POST', '/connect/sessions', {
    body: { end_user: { id: 'bob' } },
  });
  for (const [endpoint, body] of [
    ['/api-auth/api-key/simulator-api-key', { apiKey: secret('key in a form') }],
    ['/api-auth/basic/sim-basic', { username: 'u', password: secret('password in a form') }],
    ['/oauth2/auth/sim-cc', { client_id: 'sim-client', client_secret: secret('client secret in a form') }],
  ] as const) {
    const target = new URL(url + endpoint);
    target.searchParams.set('connect_session_token', data.token);
    target.searchParams.set('params[base_url]', simulator.url);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(target, { method: 'POST', headers, body: JSON.stringify(body) });
    refusals.push(await answer.text());
  }
  for (const bearer of [secret('wrong key'), 'sl_dev_AbCdEfGh_']) {
    const answer = await fetch(`${url}/connections`, {
      headers: { authorization: `Bearer ${encodeURIComponent(bearer)}` },
    });
    refusals.push(await answer.text());
  }
}

function find(place: string, texts: Iterable<string>, canaries: Canaries): string[] {
  const wanted = [...canaries].flatMap(([name, value]) => formsOf(value).map((form) => ({ name, form })));
  const found = new Set<string>();
  for (const text of texts)
    for (const { name, form } of wanted) if (text.includes(form)) found.add(`${place}: ${name}`);
  return [...found];
}

async function readLogs({ api }: System): Promise<string[]> {
  const { status, body } = await api.call('GET', '/logs', { query: { limit: '100' } });
  if (status === 200) return ((body as { data: unknown[] }).data ?? []).map((one) => JSON.stringify(one));
  throw new Error(`GET /logs: ${status} ${JSON.stringify(body)}`);
}

/** Every row of every table as text; bytes are hexadecimal in it. */
async function readRows(system: System): Promise<string[]> {
  const sql = postgres(system.read().databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const tables = await sql<{ name: string }[]>`
      SELECT c.relname AS name FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition`;
    const rows: string[] = [];
    for (const { name } of tables) {
      const found = await sql<{ row: string }[]>`SELECT t::text AS row FROM ${sql(name)} t`;
      rows.push(...found.map(({ row }) => row.replaceAll('""', '"').replaceAll('\\\\', '\\')));
    }
    return rows;
  } finally {
    await sql.end();
  }
}

/** The instance's own note of its keys is for whoever may read the folder. */
const meant = /(^|\/)(instance\.json|keys\.json|.*\.key)$/;

function* readFiles({ settings }: System): Generator<string> {
  for (const entry of readdirSync(settings.SYNCLINE_DATA, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || meant.test(path)) continue;
    const bytes = readIfThere(path);
    yield bytes.toString('latin1');
    yield bytes.toString('utf8');
  }
}

/** Servers make and remove files all the time. */
function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** A secret of their own in each place, in each form. */
async function plant(system: System): Promise<{ found: number; count: number }> {
  const canaries: Canaries = new Map();
  const sql = postgres(system.read().databaseUrl, { max: 1, onnotice: () => {} });
  await sql`CREATE TABLE bar_planted (word text, bytes bytea)`;
  const inRow = makeCanary(canaries, 'planted in a row');
  const shifted = Buffer.from(`{"k": ${JSON.stringify(inRow)}}`).toString('base64');
  for (const word of [inRow, JSON.stringify({ a: inRow }), encodeURIComponent(inRow), shifted])
    await sql`INSERT INTO bar_planted (word) VALUES (${word})`;
  await sql`INSERT INTO bar_planted (bytes) VALUES (${Buffer.from(inRow)})`;
  const planted = await readRows(system);
  const rows = planted.filter((row) => find('rows', [row], canaries).length > 0).length;
  await sql.end();

  const inFile = makeCanary(new Map(), '');
  writeFileSync(join(system.settings.SYNCLINE_DATA, 'planted.log'), `said ${JSON.stringify({ token: inFile })}`);
  const files = find('files', readFiles(system), new Map([['planted in a file', inFile]])).length;

  const inHistory = makeCanary(new Map(), '');
  const connection = await Connection.connect({ address: system.read().temporalAddress });
  const client = new Client({ connection, namespace: 'syncline' });
  await client.workflow.start('planted', { taskQueue: 'nobody', workflowId: 'planted', args: [inHistory] });
  await connection.close();
  const histories = find('files', readFiles(system), new Map([['planted in a history', inHistory]])).length;
  console.log(`planted: ${rows} of 5 in rows, ${files} of 1 in a file, ${histories} of 1 in a history`);
  return { found: rows + files + histories, count: 5 + 1 + 1 };
}
