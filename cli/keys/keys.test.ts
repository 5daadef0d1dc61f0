// The commands on keys and connections against a served application, and every command of docs/keys.md.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createApp } from '../../api/app.ts';
import { openTestApp, type TestApp, type TestTenant } from '../../api/test-app.ts';
import { seedValues } from '../../core/crypto/test-values.ts';
import { openDatabase } from '../../core/db/database.ts';
import { environments } from '../../core/db/schema/environments.ts';
import { createOwnDatabase, type OwnDatabase } from '../../core/db/test-server.ts';
import { signingKeyPlace } from '../../core/environments/environments.ts';
import { main } from '../main.ts';

let app: TestApp;
let tenant: TestTenant;
let own: OwnDatabase;
let url: string;
let cwd: string;
const server = createServer();
const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];

beforeAll(async () => {
  app = await openTestApp('cli_keys');
  tenant = await app.tenant();
  const { cipher, environmentId } = tenant.env;
  const sealed = cipher.encryptText(signingKeyPlace(environmentId), 'the first key');
  await tenant.env.transaction((tx) =>
    tx.update(environments).set({ webhookSigningKey: sealed }).where(eq(environments.id, environmentId)),
  );
  server.on('request', getRequestListener(createApp(app.services).fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  own = await createOwnDatabase('cli_keys_operator', { migrated: true });
  const database = await openDatabase({ url: own.url, encryptionKeys: [oldKey] });
  await seedValues(database, { connections: 3, records: 20 });
  await database.close();
});
afterAll(async () => {
  server.close();
  await own.drop();
  await app.close();
});
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'keys-'));
});

const base64 = (key: Buffer) => key.toString('base64');

async function syncline(args: string[], env: Record<string, string> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(args, {
    env: {
      SYNCLINE_DATA: path.join(cwd, 'no-instance'),
      SYNCLINE_HOSTPORT: url,
      SYNCLINE_SECRET_KEY: tenant.key,
      SYNCLINE_PASSPHRASE: 'a long passphrase',
      DATABASE_URL: own.url,
      SYNCLINE_ENCRYPTION_KEY: `${base64(newKey)},${base64(oldKey)}`,
      ...env,
    },
    cwd,
    keyActivationMs: 500, // no other process has these keys
    stdin: {},
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
  });
  return { code, out: out.join(''), err: err.join('') };
}

it('tells what is on the old key, rotates with progress as lines of JSON, and lets the old key go', async () => {
  const before = await syncline(['keys', 'check']);
  expect(before).toMatchObject({ code: 0, err: '' });
  expect(before.out).toContain('still needed: run syncline keys rotate');
  expect(before.out).toMatch(/credentials\.value +3 +3 +0/);

  const rotated = await syncline(['keys', 'rotate', '--json']);
  expect(rotated.code).toBe(0);
  expect(JSON.parse(rotated.out)).toMatchObject({ resumed: false, rewrapped: 2, left: 0, unreadable: { count: 0 } });
  const phases = rotated.err
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { phase: string }).phase);
  expect(phases).toEqual(expect.arrayContaining(['wrap', 'wait', 'encrypt']));

  expect((await syncline(['keys', 'check'])).out).toContain('can be dropped');
  const alone = await syncline(['keys', 'check', '--json'], { SYNCLINE_ENCRYPTION_KEY: base64(newKey) });
  expect(JSON.parse(alone.out).keys).toMatchObject([{ active: true, wraps: { root: true } }]);
  const wrong = await syncline(['keys', 'check'], { SYNCLINE_ENCRYPTION_KEY: base64(oldKey) });
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('SYNCLINE_ENCRYPTION_KEY does not open') });
});

it.each([
  [{ DATABASE_URL: '' }, 'No database'],
  [{ SYNCLINE_ENCRYPTION_KEY: '' }, 'SYNCLINE_ENCRYPTION_KEY is not set'],
  [{ SYNCLINE_ENCRYPTION_KEY: 'short' }, 'is not a list of the base64 of 32 bytes'],
])('says what is missing: %j', async (env, words) => {
  expect(await syncline(['keys', 'rotate'], env)).toMatchObject({ code: 1, err: expect.stringContaining(words) });
});

it('makes, lists and revokes API keys', async () => {
  const made = await syncline([
    'keys',
    'create',
    'second',
    '--scopes',
    'connections:list',
    '--expires',
    '30d',
    '--json',
  ]);
  const { id, secret, expires_at } = JSON.parse(made.out) as { id: string; secret: string; expires_at: string };
  expect(Math.round((new Date(expires_at).getTime() - Date.now()) / 86_400_000)).toBe(30);
  expect(await syncline(['connections'], { SYNCLINE_SECRET_KEY: secret })).toMatchObject({ code: 0 });
  expect((await syncline(['keys', 'list'])).out).toMatch(/second .*environment:connections:list/);
  expect(await syncline(['keys', 'revoke', id])).toMatchObject({ code: 0 });
  expect(await syncline(['keys', 'revoke', id])).toMatchObject({ code: 1 });
  expect(await syncline(['keys', 'create', 'third', '--expires', 'soon'])).toMatchObject({ code: 1 });
});

const plain = (number: number) => ({
  connection_id: `moved-${number}`,
  provider_config_key: 'crm',
  credentials: { type: 'API_KEY', apiKey: `key-${number}` },
  metadata: { number },
  connection_config: {},
  webhook_url_override: null,
  tags: { team: 'a' },
  end_user: null,
});

it('takes connections in from lines of JSON, and out and in again by an encrypted file', async () => {
  const integration = { unique_key: 'plain-keys', provider: 'private-api-bearer' };
  const created = await tenant.call('POST', '/integrations', { body: integration });
  expect([200, 201]).toContain(created.status);
  const lines = Array.from({ length: 5 }, (_, number) => JSON.stringify(plain(number)));
  writeFileSync(path.join(cwd, 'peer.jsonl'), `${lines.join('\n')}\n`);
  const imported = await syncline(['connections', 'import', '--file', 'peer.jsonl', '-i', 'plain-keys', '--json']);
  expect(imported).toMatchObject({ code: 0, out: expect.stringContaining('"imported": 5') });

  const exported = await syncline(['connections', 'export', '--file', 'out.sealed', '-i', 'plain-keys']);
  expect(exported).toMatchObject({ code: 0, out: expect.stringContaining('5 connections') });
  expect(readFileSync(path.join(cwd, 'out.sealed')).includes('key-3')).toBe(false);
  await tenant.call('DELETE', '/connections/moved-3?provider_config_key=plain-keys');
  expect(await syncline(['connections', 'import', '--file', 'out.sealed'])).toMatchObject({ code: 0 });
  const read = await tenant.call('GET', '/connections/moved-3?provider_config_key=plain-keys');
  expect(await read.json()).toMatchObject({
    credentials: { type: 'API_KEY', apiKey: 'key-3' },
    metadata: { number: 3 },
    tags: { team: 'a' },
  });

  const wrong = await syncline(['connections', 'import', '--file', 'out.sealed'], {
    SYNCLINE_PASSPHRASE: 'another passphrase',
  });
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('passphrase is wrong') });
  const short = await syncline(['connections', 'export', '--file', 'x'], { SYNCLINE_PASSPHRASE: 'short' });
  expect(short).toMatchObject({ code: 1, err: expect.stringContaining('at least 12') });
  writeFileSync(path.join(cwd, 'bad.jsonl'), `${lines[0]}\n{"no":1}\n`);
  expect(await syncline(['connections', 'import', '--file', 'bad.jsonl'])).toMatchObject({ code: 1 });
  const refused = await syncline(['connections', 'import', '--file', 'peer.jsonl', '-i', 'nowhere']);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('5 were refused') });
});

it('runs every command that docs/keys.md shows', async () => {
  await tenant.call('DELETE', '/connections/c1?provider_config_key=crm'); // of a provider that no catalogue has
  const page = readFileSync(new URL('../../docs/keys.md', import.meta.url), 'utf8');
  const commands = [...page.matchAll(/```sh\n([^`]+)```/g)].flatMap(([, block]) =>
    block!.split('\n').flatMap((line) => line.trim() || []),
  );
  expect(commands.length).toBeGreaterThanOrEqual(6);
  for (const command of commands) {
    const [name, ...args] = command.split(/\s+/);
    expect(name).toBe('syncline');
    const { code, err } = await syncline(args);
    expect([command, code, code === 0 ? '' : err]).toEqual([command, 0, '']);
  }
});
