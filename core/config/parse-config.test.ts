import { expect, it } from 'vitest';
import { SynclineError } from '../errors.ts';
import { type Env, parseConfig, parseSupervisorConfig } from './parse-config.ts';
import { variables } from './variables.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const server = { SYNCLINE_ENCRYPTION_KEY: key, DATABASE_URL: 'postgres://u:p@db/syncline', TEMPORAL_ADDRESS: 't:7233' };

function refusal(env: Env): SynclineError {
  try {
    parseConfig({ ...server, ...env });
  } catch (error) {
    if (error instanceof SynclineError) return error;
    throw error;
  }
  throw new Error('was accepted');
}
const refused = (env: Env) => refusal(env).errors?.map(({ path }) => path[0]);

it('starts from nothing with the documented defaults', () => {
  const config = parseSupervisorConfig({});
  expect(config).toMatchObject({
    env: 'development',
    host: '127.0.0.1',
    port: 3003,
    publicUrl: 'http://127.0.0.1:3003',
    dataDir: `${process.cwd()}/.syncline`,
    encryptionKeys: [],
    demo: true,
    log: 'people',
    roles: ['api', 'worker'],
    temporal: { namespace: 'syncline' },
    allowEgress: [],
  });
});

it('tells every mistake at once, with the name, what is wrong and what to do', () => {
  const error = refusal({ SYNCLINE_PORT: '99999', SYNCLINE_ENV: 'prod', DATABASE_URL: '' });
  expect(error.code).toBe('invalid_config');
  expect(error.message.split('\n')).toHaveLength(4);
  expect(error.message).toMatch(/SYNCLINE_PORT +"99999" is not a whole number from 1 to 65535 +Give a free port/);
  expect(error.message).toMatch(/DATABASE_URL +is not set +Give a URL/);
});

it('never shows a secret in the table', () => {
  const error = refusal({
    SYNCLINE_ENCRYPTION_KEY: 'hunter2',
    DATABASE_URL: 'mysql://root:hunter2@db',
    SYNCLINE_SECRET_KEY_DEV: 'hunter2',
  });
  expect(error.errors).toHaveLength(3);
  expect(error.message).not.toContain('hunter2');
});

it('takes an empty value for an unset one', () => {
  expect(parseConfig({ ...server, SYNCLINE_PORT: '', SYNCLINE_EGRESS_TO: ' ' }).port).toBe(3003);
});

it('requires key, database and Temporal of a server process', () => {
  expect(() => parseConfig({})).toThrow(/3 mistakes/);
});

it('takes several encryption keys, the first one active', () => {
  const old = Buffer.alloc(32, 9).toString('base64');
  const { encryptionKeys } = parseConfig({ ...server, SYNCLINE_ENCRYPTION_KEY: `${key}, ${old}` });
  expect(encryptionKeys.map((bytes) => bytes[0])).toEqual([7, 9]);
});

it.each([
  ['SYNCLINE_ENCRYPTION_KEY', Buffer.alloc(16).toString('base64')],
  ['SYNCLINE_ENCRYPTION_KEY', `${key},`.repeat(11)],
  ['SYNCLINE_EGRESS_TO', 'http://127.0.0.1:9000'],
  ['SYNCLINE_ALLOW_EGRESS', '127.0.0.1'],
  ['SYNCLINE_ALLOW_EGRESS', '10.0.0.0/40'],
  ['SYNCLINE_PUBLIC_URL', 'ftp://example.com'],
  ['SYNCLINE_PUBLIC_URL', 'https://example.com/?a=b'],
  ['SYNCLINE_SECRET_KEY_DEV', 'short'],
  ['SYNCLINE_ROLES', 'api,scheduler'],
  ['SYNCLINE_DEMO', 'yes'],
  ['TEMPORAL_ADDRESS', 'temporal'],
  ['SYNCLINE_GUESTS', '0'],
])('refuses %s=%s', (name, value) => {
  expect(refused({ [name]: value })).toEqual([name]);
});

it('honours SYNCLINE_EGRESS_TO in tests', () => {
  const config = parseConfig({ ...server, SYNCLINE_ENV: 'test', SYNCLINE_EGRESS_TO: 'http://127.0.0.1:9000/' });
  expect(config.egressTo).toBe('http://127.0.0.1:9000');
});

it('makes a public URL that can be reached when it listens on every interface', () => {
  expect(parseConfig({ ...server, SYNCLINE_HOST: '0.0.0.0', SYNCLINE_PORT: '80' }).publicUrl).toBe(
    'http://127.0.0.1:80',
  );
  expect(parseConfig({ ...server, SYNCLINE_HOST: '::1' }).publicUrl).toBe('http://[::1]:3003');
  expect(parseConfig({ ...server, SYNCLINE_PUBLIC_URL: 'https://a.example/s/' }).publicUrl).toBe('https://a.example/s');
});

it('leaves the demo, and with it any private address, out of production', () => {
  expect(parseConfig({ ...server, SYNCLINE_ENV: 'production' })).toMatchObject({ demo: false, allowEgress: [] });
  expect(parseConfig({ ...server, SYNCLINE_ENV: 'production', SYNCLINE_DEMO: '1' }).demo).toBe(true);
});

it('accepts hosts, IPv6 and ranges for private egress', () => {
  const { allowEgress } = parseConfig({
    ...server,
    SYNCLINE_ALLOW_EGRESS: '127.0.0.1:8080, crm.internal:443,[::1]:9,10.0.0.0/8',
  });
  expect(allowEgress).toEqual(['127.0.0.1:8080', 'crm.internal:443', '[::1]:9', '10.0.0.0/8']);
});

it('documents every variable once', () => {
  const names = variables.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { doc, fix } of variables) expect(doc && fix).toMatch(/\.$/);
});
