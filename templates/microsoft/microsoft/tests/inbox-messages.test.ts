// What the sync makes of the answers in inbox-messages.test.json, of a later round, and of a link that Graph has forgotten.
import { NangoSyncMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import sync from '../syncs/inbox-messages.js';

const recorded = { dirname: import.meta.dirname, name: 'inbox-messages', Model: 'OutlookMessage', strict: true };
const delta = "/v1.0/me/mailFolders('inbox')/messages/delta";
const link = `https://graph.microsoft.com${delta}?$deltatoken=one`;

/** The second round, from `link`. */
async function later(answer: { response: unknown; status?: number }) {
  const request = { params: { $deltatoken: 'one' }, headers: { Prefer: 'odata.maxpagesize=100' } };
  const nango = new NangoSyncMock({ ...recorded, fixture: { api: { get: { [delta]: { request, ...answer } } } } });
  await nango.saveCheckpoint({ link, first_round: false });
  return nango;
}

it('saves the whole folder in its first round', async () => {
  const nango = new NangoSyncMock(recorded);
  await sync.exec(nango);
  const saved = nango.batchSave.mock.calls.flatMap(([records]) => records);
  expect(saved).toEqual(await nango.getBatchSaveData('OutlookMessage'));
  const deleted = nango.batchDelete.mock.calls.flatMap(([records]) => records);
  expect(deleted).toEqual(await nango.getBatchDeleteData('OutlookMessage'));
  nango.verify();
  expect(nango.unserved).toEqual([]);
  expect(nango.trackDeletesEnd).toHaveBeenCalledOnce();
});

it('has a checkpoint after each page: the link to go on from', async () => {
  const nango = new NangoSyncMock(recorded);
  await sync.exec(nango);
  expect(nango.saveCheckpoint.mock.calls.map(([checkpoint]) => checkpoint)).toEqual([
    { link: `https://graph.microsoft.com${delta}?$skiptoken=GwcBoTmPuoTQWfcsAbkYM`, first_round: true },
    { link: `https://graph.microsoft.com${delta}?$deltatoken=GwcBoTmPuoGNlgXgF1nyUNMXY`, first_round: false },
  ]);
});

it('lays an update over the message and deletes what left the folder, in a later round', async () => {
  const next = `https://graph.microsoft.com${delta}?$deltatoken=two`;
  const value = [
    { '@odata.type': '#microsoft.graph.message', '@odata.etag': 'W/"2"', id: 'm1', isRead: true },
    { '@odata.type': '#microsoft.graph.message', id: 'm2', '@removed': { reason: 'deleted' } },
  ];
  const nango = await later({ response: { '@odata.deltaLink': next, value } });
  await sync.exec(nango);
  expect(nango.batchUpdate).toHaveBeenCalledWith([{ id: 'm1', isRead: true }], 'OutlookMessage');
  expect(nango.batchDelete).toHaveBeenCalledWith([{ id: 'm2' }], 'OutlookMessage');
  expect(nango.batchSave).toHaveBeenCalledWith([], 'OutlookMessage');
  expect(nango.trackDeletesStart).not.toHaveBeenCalled();
  expect(await nango.getCheckpoint()).toEqual({ link: next, first_round: false });
});

it.each([
  [410, { error: { code: 'resyncRequired', message: 'Resync is required.' } }],
  [404, { error: { code: 'SyncStateNotFound', message: 'The sync state generation is not found.' } }],
])('starts over the next time when the link is lost (%i)', async (status, response) => {
  const nango = await later({ response, status });
  await expect(sync.exec(nango)).rejects.toMatchObject({ response: { status } });
  expect(await nango.getCheckpoint()).toBeNull();
});

it('keeps its place when Graph fails for another reason', async () => {
  const nango = await later({ response: { error: { code: 'serviceNotAvailable' } }, status: 503 });
  await expect(sync.exec(nango)).rejects.toMatchObject({ response: { status: 503 } });
  expect(await nango.getCheckpoint()).toEqual({ link, first_round: false });
});
