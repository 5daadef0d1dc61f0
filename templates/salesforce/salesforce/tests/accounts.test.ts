// What the sync makes of the answers in accounts.test.json, and what it asks for the next time.
import { NangoSyncMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import sync from '../syncs/accounts.js';

const recorded = { dirname: import.meta.dirname, name: 'accounts', Model: 'SalesforceAccount', strict: true };

it('saves the accounts and deletes those in the recycle bin, page by page', async () => {
  const nango = new NangoSyncMock(recorded);
  await sync.exec(nango);
  const saved = nango.batchSave.mock.calls.flatMap(([records]) => records);
  expect(saved).toEqual(await nango.getBatchSaveData('SalesforceAccount'));
  const deleted = nango.batchDelete.mock.calls.flatMap(([records]) => records);
  expect(deleted).toEqual(await nango.getBatchDeleteData('SalesforceAccount'));
  nango.verify();
  expect(nango.unserved).toEqual([]);
});

it('notes the newest change, and asks from there the next time', async () => {
  const first = new NangoSyncMock(recorded);
  await sync.exec(first);
  const checkpoint = await first.getCheckpoint();
  expect(checkpoint).toEqual({ modified_since: '2026-11-24T09:30:00.000Z' });

  const none = { '/services/data/v63.0/queryAll': { response: { totalSize: 0, done: true, records: [] } } };
  const next = new NangoSyncMock({ ...recorded, fixture: { api: { get: none } } });
  await next.saveCheckpoint(checkpoint);
  await sync.exec(next);
  const [[{ params }]] = next.paginate.mock.calls as [[{ params: { q: string } }]];
  expect(params.q).toContain(' FROM Account WHERE SystemModstamp >= 2026-11-24T09:30:00.000Z ORDER BY ');
  expect(await next.getCheckpoint()).toEqual(checkpoint);
});
