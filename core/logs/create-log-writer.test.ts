import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import { createLogWriter } from './create-log-writer.ts';
import { listMessages, readOperation } from './read-logs.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('log_writer');
});
afterAll(() => test.close());

const operation = (environmentId: string) => ({
  id: randomUUID(),
  environmentId,
  type: 'proxy' as const,
  action: 'call',
  title: 'GET /contacts',
});
const line = (environmentId: string, operationId: string, message: string) => ({
  environmentId,
  operationId,
  message,
  source: 'user' as const,
  level: 'info' as const,
  context: 'script' as const,
});

it('stores an operation and its messages, in order, when it starts and ends in one batch', async () => {
  const { env } = await test.environment();
  const logs = createLogWriter({ database: test.database });
  const started = operation(env.environmentId);
  logs.start({
    ...started,
    context: { integration: 'crm', provider: 'acme-crm' },
    request: { url: 'https://x.test/?api_key=abc123' },
  });
  for (let n = 0; n < 1200; n++) logs.message(line(env.environmentId, started.id, `line ${n}`));
  logs.end(env.environmentId, started.id, { state: 'success' });
  await logs.flush();
  const stored = await readOperation(env, started.id);
  expect(stored).toMatchObject({
    state: 'success',
    integration: { unique_key: 'crm' },
    request: { url: 'https://x.test/?api_key=[secret]' },
  });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listMessages(env, { operationId: started.id, limit: 100, cursor });
    seen.push(...page.data.map(({ message }) => message));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(seen).toEqual(Array.from({ length: 1200 }, (_, n) => `line ${n}`));
});

it('ends an operation that was stored before, and keeps its first end', async () => {
  const { env } = await test.environment();
  const logs = createLogWriter({ database: test.database });
  const started = operation(env.environmentId);
  logs.start(started);
  await logs.flush();
  logs.end(env.environmentId, started.id, { state: 'failed', error: { type: 'x', message: 'broken' } });
  await logs.flush();
  logs.start(started);
  await logs.flush();
  expect(await readOperation(env, started.id)).toMatchObject({
    state: 'failed',
    error: { type: 'x', message: 'broken' },
  });
});

it('drops messages beyond its bound, counts them and says so in the log', async () => {
  const { env } = await test.environment();
  const logs = createLogWriter({ database: test.database, maxBuffered: 10 });
  const started = operation(env.environmentId);
  logs.start(started);
  for (let n = 0; n < 30; n++) logs.message(line(env.environmentId, started.id, `line ${n}`));
  logs.end(env.environmentId, started.id, { state: 'success' });
  await logs.flush();
  expect(logs.dropped).toBe(21);
  const { data } = await listMessages(env, { operationId: started.id, limit: 100 });
  expect(data).toHaveLength(10);
  expect(data.at(-1)).toMatchObject({
    level: 'warn',
    source: 'internal',
    message: expect.stringContaining('21 log lines'),
  });
  expect(await readOperation(env, started.id)).toMatchObject({ state: 'success' });
});

it('bounds bytes too', async () => {
  const { env } = await test.environment();
  const logs = createLogWriter({ database: test.database, maxBufferedBytes: 50_000 });
  const id = randomUUID();
  for (let n = 0; n < 10; n++) logs.message(line(env.environmentId, id, 'x'.repeat(20_000)));
  await logs.flush();
  expect(logs.dropped).toBe(7);
});

it('stores the rest of a batch when Postgres refuses one row of it', async () => {
  const { env } = await test.environment();
  const logs = createLogWriter({ database: test.database });
  const started = operation(env.environmentId);
  logs.start(started);
  for (let n = 0; n < 9; n++) logs.message(line(env.environmentId, n === 4 ? 'not-a-uuid' : started.id, `line ${n}`));
  await logs.flush();
  expect(logs.dropped).toBe(1);
  expect((await listMessages(env, { operationId: started.id, limit: 100 })).data).toHaveLength(8);
});

it('takes texts that Postgres could not hold', async () => {
  const { env } = await test.environment();
  const logs = createLogWriter({ database: test.database });
  const id = randomUUID();
  logs.message({
    ...line(env.environmentId, id, 'NUL \0 and \ud800'),
    details: { 'k\0': 'v\ud800', big: 1n, when: new Date(0) },
  });
  await logs.flush();
  const { data } = await listMessages(env, { operationId: id, limit: 5 });
  expect(data[0]).toMatchObject({
    message: 'NUL \ufffd and \ufffd',
    meta: { big: '1', when: '1970-01-01T00:00:00.000Z' },
  });
});

it('keeps what it has while its connections die, and stores all of it', async () => {
  const { env } = await test.environment();
  const logs = createLogWriter({ database: test.database });
  const started = operation(env.environmentId);
  logs.start(started);
  await logs.flush();
  await test.refuseConnections(async () => {
    for (let n = 0; n < 700; n++) logs.message(line(env.environmentId, started.id, `line ${n}`));
    await new Promise((resolve) => setTimeout(resolve, 600)); // longer than the pace, so that a write has failed
  });
  await logs.flush();
  const seen = new Set<string>(); // a commit whose answer was lost is done again
  let cursor: string | undefined;
  do {
    const page = await listMessages(env, { operationId: started.id, limit: 100, cursor });
    for (const { message } of page.data) seen.add(message);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(seen.size).toBe(700);
  expect(logs.dropped).toBe(0);
});
