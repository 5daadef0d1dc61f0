// What the sync makes of the answers in contacts.test.json.
import { NangoSyncMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import sync from '../syncs/contacts.js';

const recorded = { dirname: import.meta.dirname, name: 'contacts', Model: 'HubspotContact', strict: true };

it('saves every contact, page by page', async () => {
  const nango = new NangoSyncMock(recorded);
  await sync.exec(nango);
  const saved = nango.batchSave.mock.calls.flatMap(([records]) => records);
  expect(saved).toEqual(await nango.getBatchSaveData('HubspotContact'));
  nango.verify();
  expect(nango.unserved).toEqual([]);
});

it('lets no contact be deleted when a page fails', async () => {
  const failing = {
    '/crm/v3/objects/contacts': { status: 500, response: { status: 'error', message: 'internal error' } },
  };
  const nango = new NangoSyncMock({ ...recorded, fixture: { api: { get: failing } } });
  await expect(sync.exec(nango)).rejects.toMatchObject({ response: { status: 500 } });
  expect(nango.trackDeletesEnd).not.toHaveBeenCalled();
});
