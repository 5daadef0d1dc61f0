// What the sync makes of the answers in customers.test.json, and what it does when an event comes in.
import { NangoSyncMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import sync from '../syncs/customers.js';

const recorded = { dirname: import.meta.dirname, name: 'customers', Model: 'StripeCustomer', strict: true };
const event = { id: 'evt_1', type: 'customer.updated', data: { object: { id: 'cus_Ta1', name: 'An old name' } } };
const answering = (response: unknown) =>
  new NangoSyncMock({ ...recorded, fixture: { api: { get: { '/v1/customers/cus_Ta1': { response } } } } });

it('saves every customer, each page from the last one of the page before', async () => {
  const nango = new NangoSyncMock(recorded);
  await sync.exec(nango);
  const saved = nango.batchSave.mock.calls.flatMap(([records]) => records);
  expect(saved).toEqual(await nango.getBatchSaveData('StripeCustomer'));
  nango.verify();
  expect(nango.unserved).toEqual([]);
  expect(nango.trackDeletesEnd).toHaveBeenCalledOnce();
});

it('looks a customer up when told of a change, whatever the event says of it', async () => {
  const nango = answering({ id: 'cus_Ta1', object: 'customer', name: 'Ines Okafor', created: 1_795_500_000 });
  await sync.onWebhook?.(nango, event);
  expect(nango.batchSave.mock.lastCall).toMatchObject([[{ id: 'cus_Ta1', name: 'Ines Okafor' }], 'StripeCustomer']);
});

it('deletes a customer that is gone by the time it looks', async () => {
  const nango = answering({ id: 'cus_Ta1', object: 'customer', deleted: true });
  await sync.onWebhook?.(nango, event);
  expect(nango.batchDelete).toHaveBeenCalledWith([{ id: 'cus_Ta1' }], 'StripeCustomer');
  expect(nango.batchSave).not.toHaveBeenCalled();
});
