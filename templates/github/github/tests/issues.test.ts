// What the sync asks GitHub for, and what it makes of the answers in issues.test.json.
import { NangoSyncMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import sync from '../syncs/issues.js';

const recorded = { dirname: import.meta.dirname, name: 'issues', Model: 'GithubIssue', strict: true };
const rocket = 'acme-labs/rocket';

it('saves the issues of each repository, page by page, without the pull requests', async () => {
  const nango = new NangoSyncMock(recorded);
  await sync.exec(nango);
  const saved = nango.batchSave.mock.calls.flatMap(([records]) => records);
  expect(saved).toEqual(await nango.getBatchSaveData('GithubIssue'));
  nango.verify();
  expect(nango.unserved).toEqual([]);
});

it('notes the newest change of each repository, a pull request too; none where there is none', async () => {
  const nango = new NangoSyncMock(recorded);
  await sync.exec(nango);
  expect(await nango.getCheckpoint()).toEqual({ [rocket]: '2026-11-20T11:00:00Z' });
});

it('asks only for what has changed since', async () => {
  const since = '2026-11-20T11:00:00Z';
  const params = { state: 'all', sort: 'updated', direction: 'desc', per_page: '100', since };
  const api = { get: { [`/repos/${rocket}/issues`]: { request: { params }, response: [] } } };
  const fixture = { nango: { getMetadata: { repositories: [rocket] } }, api };
  const nango = new NangoSyncMock({ ...recorded, fixture });
  await nango.saveCheckpoint({ [rocket]: since });
  await sync.exec(nango);
  nango.verify();
  expect(nango.unserved).toEqual([]);
  expect(await nango.getCheckpoint()).toEqual({ [rocket]: since });
});

it('says what the connection lacks when no repositories were chosen', async () => {
  const nango = new NangoSyncMock({ ...recorded, fixture: { nango: { getMetadata: {} } } });
  await expect(sync.exec(nango)).rejects.toMatchObject({ payload: { issues: [{ path: ['repositories'] }] } });
});
