// What the sync makes of the answers in projects.test.json, and of more projects than fit a page.
import { NangoSyncMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import sync from '../syncs/projects.js';

const recorded = { dirname: import.meta.dirname, name: 'projects', Model: 'JiraProject', strict: true };

it('saves the projects of the connected site', async () => {
  const nango = new NangoSyncMock(recorded);
  await sync.exec(nango);
  const saved = nango.batchSave.mock.calls.flatMap(([records]) => records);
  expect(saved).toEqual(await nango.getBatchSaveData('JiraProject'));
  nango.verify();
  expect(nango.unserved).toEqual([]);
  expect(nango.trackDeletesEnd).toHaveBeenCalledOnce();
});

it('counts on by what a full page held, until a page is short', async () => {
  const rows = Array.from({ length: 70 }, (_, i) => ({
    id: `${i}`,
    key: `P${i}`,
    name: 'x',
    projectTypeKey: 'software',
  }));
  const page = (startAt: number) => ({
    request: { params: { orderBy: 'key', expand: 'description,lead', maxResults: '50', startAt: String(startAt) } },
    response: { startAt, maxResults: 50, total: 70, isLast: startAt > 0, values: rows.slice(startAt, startAt + 50) },
  });
  const fixture = {
    nango: { connectionConfig: { cloudId: 'c1', baseUrl: 'https://acme-labs.atlassian.net' } },
    api: { get: { '/ex/jira/c1/rest/api/3/project/search': [page(0), page(50)] } },
  };
  const nango = new NangoSyncMock({ ...recorded, fixture });
  await sync.exec(nango);
  expect(nango.batchSave.mock.calls.map(([records]) => records.length)).toEqual([50, 20]);
  nango.verify();
});
