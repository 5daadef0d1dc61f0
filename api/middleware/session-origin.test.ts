// A connect session's token in the hands of other pages.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let test: TestApp;
let tenant: TestTenant;
let token: string;
beforeAll(async () => {
  test = await openTestApp('session_origin');
  tenant = await test.tenant();
  const response = await tenant.call('POST', '/connect/sessions', { body: { end_user: { id: 'u' } } });
  token = ((await response.json()) as { data: { token: string } }).data.token;
});
afterAll(() => test.close());

const list = (origins: string[] | undefined) =>
  tenant.env.transaction((tx) =>
    tx.execute(sql`UPDATE environments SET settings = ${JSON.stringify({ connect: { origins } })}::jsonb`),
  );

async function askFrom(origin: string | undefined, path = '/connect/session') {
  const headers = { authorization: `Bearer ${token}`, ...(origin !== undefined && { origin }) };
  const response = await tenant.call('GET', path, { headers });
  const body = (await response.json()) as { error?: { code: string } };
  return [response.status, body.error?.code];
}

it('works for pages of the listed origins, ours, and whoever is no page', async () => {
  await list(['https://app.example']);
  for (const origin of ['https://app.example', 'http://localhost:3003', undefined]) {
    expect(await askFrom(origin)).toEqual([200, undefined]);
  }
});

it.each([
  'https://evil.example',
  'http://app.example',
  'https://app.example:444',
  'https://app.example.evil.example',
  'https://APP.example',
  'null',
])('is refused to a page of %s', async (origin) => {
  await list(['https://app.example']);
  expect(await askFrom(origin)).toEqual([403, 'forbidden']);
  expect(await askFrom(origin, '/integrations')).toEqual([403, 'forbidden']);
});

it('works anywhere while nothing is listed', async () => {
  await list(undefined);
  expect(await askFrom('https://anybody.example')).toEqual([200, undefined]);
});
