import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPageWriter } from '../../core/records/commit-page.ts';
import { openStream } from '../../core/records/open-stream.ts';
import { openTestApp, type TestApp } from '../test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp('records_route');
});
afterAll(() => app.close());

async function tenantWith(count: number) {
  const tenant = await app.tenant();
  const stream = await openStream(tenant.env, { connectionId: tenant.connectionId, model: 'Contact', variant: 'base' });
  const ids = Array.from({ length: count }, (_, n) => String(n));
  await createPageWriter(tenant.env, null).save(stream, {
    ids,
    bodies: ids.map((id) => Buffer.from(JSON.stringify({ id, n: Number(id) }))),
  });
  return { ...tenant, stream };
}

interface Page {
  records: { id: string; _nango_metadata: { cursor: string } }[];
  next_cursor: string | null;
}
const pageOf = async (response: Response) => {
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
};
const errorOf = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as { error: object }).error,
});

it('answers pages that lead to every record, with a slash at the end too', async () => {
  const { call } = await tenantWith(250);
  const first = await pageOf(await call('GET', '/records/?model=Contact&limit=200'));
  expect(first.records).toHaveLength(200);
  const rest = await pageOf(await call('GET', `/records?model=Contact&cursor=${first.next_cursor}`));
  expect(rest).toMatchObject({ next_cursor: null, records: { length: 50 } });
});

it('takes filters and ids in every spelling', async () => {
  const { call, env, stream } = await tenantWith(3);
  await createPageWriter(env, null).delete(stream, { ids: ['1'], deletedAt: [null] });
  const ids = async (query: string) =>
    (await pageOf(await call('GET', `/records?model=Contact&${query}`))).records.map(({ id }) => id);
  expect(await ids('filter=DELETED,updated')).toEqual(['1']);
  expect(await ids('ids=0&ids=2')).toEqual(['0', '2']);
  expect(await ids('ids[]=2')).toEqual(['2']);
  expect(await ids('ids=0')).toEqual(['0']);
  expect(await ids(`modified_after=${new Date(Date.now() - 60_000).toISOString()}`)).toHaveLength(3);
});

it.each([
  ['model=Contact&limit=1.5', 'limit'],
  ['model=Contact&limit=10001', 'limit'],
  ['model=Contact&limit=0', 'limit'],
  ['model=Contact&filter=added,gone', 'filter'],
  ['model=Contact&modified_after=2001-01-01T00:00:00Z', 'modified_after'],
  ['limit=1', 'model'],
])('refuses the query %s', async (query, field) => {
  const { call } = await app.tenant();
  expect(await errorOf(await call('GET', `/records?${query}`))).toMatchObject({
    status: 400,
    code: 'invalid_query_params',
    errors: [{ path: expect.arrayContaining([field]) }],
  });
});

it('says of a time that is none that it is not of the last year either', async () => {
  const { call } = await app.tenant();
  const { errors } = (await errorOf(await call('GET', '/records?model=Contact&modified_after=yesterday'))) as {
    errors?: unknown;
  };
  expect(errors).toMatchObject([
    { code: 'invalid_format', path: ['modified_after'] },
    { code: 'custom', path: ['modified_after'] },
  ]);
});

it('names missing headers, the connection first, and refuses what it does not know', async () => {
  const { call } = await app.tenant();
  expect(
    await errorOf(
      await call('GET', '/records?model=Contact', { headers: { 'connection-id': '', 'provider-config-key': '' } }),
    ),
  ).toMatchObject({
    code: 'invalid_headers',
    errors: expect.arrayContaining([expect.objectContaining({ path: ['connection-id'] })]),
  });
  expect(await errorOf(await call('GET', '/records?model=Contact&x=1'))).toMatchObject({
    errors: [{ code: 'unrecognized_keys', path: [] }],
  });
  expect(
    await errorOf(await call('GET', '/records?model=Contact', { headers: { 'connection-id': 'c2' } })),
  ).toMatchObject({
    status: 400,
    code: 'unknown_connection',
  });
  expect(await errorOf(await call('GET', '/records?model=Contact&cursor=abc'))).toMatchObject({
    status: 400,
    code: 'invalid_cursor',
  });
});

it('needs records:read, and shows nothing to another environment', async () => {
  const { keyWith, call } = await tenantWith(1);
  const authorization = `Bearer ${await keyWith('syncs:read')}`;
  expect(await errorOf(await call('GET', '/records?model=Contact', { headers: { authorization } }))).toMatchObject({
    status: 403,
    code: 'forbidden',
  });
  const other = await app.tenant();
  expect(await pageOf(await other.call('GET', '/records?model=Contact'))).toMatchObject({ records: [] });
});

it('prunes up to a cursor', async () => {
  const { call } = await tenantWith(3);
  const { records } = await pageOf(await call('GET', '/records?model=Contact'));
  const body = { model: 'Contact', until_cursor: records[1]!._nango_metadata.cursor, limit: 1 };
  const pruned = await call('PATCH', '/records/prune', { body });
  expect(await pruned.json()).toEqual({ count: 1, has_more: true });
  expect(await errorOf(await call('PATCH', '/records/prune', { body: { ...body, until_cursor: 'x' } }))).toMatchObject({
    code: 'invalid_cursor',
  });
});
