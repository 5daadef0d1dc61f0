// What the sync makes of the answers in issues.test.json, what it asks for the next time, and what it takes for a refusal.
import { NangoSyncMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import sync from '../syncs/issues.js';

const recorded = { dirname: import.meta.dirname, name: 'issues', Model: 'LinearIssue', strict: true };
const answering = (response: unknown) =>
  new NangoSyncMock({ ...recorded, fixture: { api: { post: { '/graphql': { response } } } } });

it('saves the issues, page by page, and deletes the trashed ones', async () => {
  const nango = new NangoSyncMock(recorded);
  await sync.exec(nango);
  const saved = nango.batchSave.mock.calls.flatMap(([records]) => records);
  expect(saved).toEqual(await nango.getBatchSaveData('LinearIssue'));
  const deleted = nango.batchDelete.mock.calls.flatMap(([records]) => records);
  expect(deleted).toEqual(await nango.getBatchDeleteData('LinearIssue'));
  nango.verify();
  expect(nango.unserved).toEqual([]);
});

it('notes the newest change, and asks from there the next time', async () => {
  const first = new NangoSyncMock(recorded);
  await sync.exec(first);
  const checkpoint = await first.getCheckpoint();
  expect(checkpoint).toEqual({ updated_since: '2026-11-23T12:00:00.000Z' });

  const next = answering({ data: { issues: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } } });
  await next.saveCheckpoint(checkpoint);
  await sync.exec(next);
  const [[{ data }]] = next.post.mock.calls as [[{ data: { variables: object } }]];
  expect(data.variables).toEqual({ filter: { updatedAt: { gte: '2026-11-23T12:00:00.000Z' } }, after: null });
  expect(await next.getCheckpoint()).toEqual(checkpoint);
});

it('fails on a 200 with errors instead of taking it for the end', async () => {
  const nango = answering({ data: null, errors: [{ message: 'Field "isues" does not exist.' }] });
  await expect(sync.exec(nango)).rejects.toMatchObject({ payload: { message: 'Field "isues" does not exist.' } });
  expect(await nango.getCheckpoint()).toBeNull();
});
