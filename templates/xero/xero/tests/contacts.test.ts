// What the sync makes of the answers in contacts.test.json, and what it asks for the next time.
import { NangoSyncMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import sync from '../syncs/contacts.js';

const recorded = { dirname: import.meta.dirname, name: 'contacts', Model: 'XeroContact', strict: true };
const contact = { Name: 'x', ContactStatus: 'ACTIVE', IsSupplier: false, IsCustomer: false };

it('saves the contacts, archived ones too, and notes the newest change', async () => {
  const nango = new NangoSyncMock(recorded);
  await sync.exec(nango);
  const saved = nango.batchSave.mock.calls.flatMap(([records]) => records);
  expect(saved).toEqual(await nango.getBatchSaveData('XeroContact'));
  nango.verify();
  expect(nango.unserved).toEqual([]);
  expect(await nango.getCheckpoint()).toEqual({ modified_since: '2026-11-23T16:20:05' });
});

it('asks only for what has changed since, page after page', async () => {
  const rows = Array.from({ length: 130 }, (_, i) => ({
    ...contact,
    ContactID: `c${i}`,
    UpdatedDateUTC: `/Date(${1_795_600_000_000 - i}+0000)/`,
  }));
  const page = (number: number) => ({
    request: {
      params: { includeArchived: 'true', order: 'UpdatedDateUTC DESC', pageSize: '100', page: String(number) },
      headers: { 'If-Modified-Since': '2026-11-23T16:20:05' },
    },
    response: { Contacts: rows.slice((number - 1) * 100, number * 100) },
  });
  const fixture = { api: { get: { '/api.xro/2.0/Contacts': [page(1), page(2)] } } };
  const nango = new NangoSyncMock({ ...recorded, fixture });
  await nango.saveCheckpoint({ modified_since: '2026-11-23T16:20:05' });
  await sync.exec(nango);
  expect(nango.batchSave.mock.calls.map(([records]) => records.length)).toEqual([100, 30]);
  nango.verify();
  expect(await nango.getCheckpoint()).toEqual({ modified_since: '2026-11-25T09:46:40' });
});
