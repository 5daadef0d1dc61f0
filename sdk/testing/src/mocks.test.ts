import { join } from 'node:path';
import { createAction, createSync } from '@syncline/functions';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Fixture, MockOptions } from './index.ts';
import { NangoActionMock, NangoSyncMock } from './index.ts';

const dirname = join(import.meta.dirname, '..', 'fixtures', 'shop', 'tests');
const Order = z.object({ id: z.string(), total: z.number(), at: z.date() });

const orders = createSync({
  description: 'Copies orders.',
  frequency: 'every hour',
  models: { Order },
  checkpoint: z.object({ after: z.string() }),
  metadata: z.object({ region: z.string() }),
  exec: async (nango) => {
    const { region } = await nango.getMetadata();
    const pages = nango.paginate<{ id: number; total: number; at: string }>({
      endpoint: '/v1/orders',
      params: { region },
      paginate: {
        type: 'cursor',
        cursor_name_in_request: 'after',
        cursor_path_in_response: 'next',
        response_path: 'rows',
        limit: 1,
        limit_name_in_request: 'limit',
      },
    });
    for await (const page of pages) {
      await nango.batchSave(
        page.map(({ id, total, at }) => ({ id: String(id), total, at: new Date(at) })),
        'Order',
      );
    }
    const { data, headers } = await nango.get<{ id: number }[]>({ endpoint: 'v1/deleted', retries: 3 });
    if (headers['x-total'] !== '1') throw new Error('No headers.');
    await nango.batchDelete(
      data.map(({ id }) => ({ id: String(id) })),
      'Order',
    );
  },
});

describe('a generated sync test', () => {
  it.each([false, true])('passes, strict: %s', async (strict) => {
    const mock = new NangoSyncMock({ dirname, name: 'orders', Model: 'Order', strict });
    const batchSave = vi.spyOn(mock, 'batchSave');
    await orders.exec(mock);
    const saved = batchSave.mock.calls.flatMap(([records, model]) => (model === 'Order' ? records : []));
    expect(JSON.parse(JSON.stringify(saved))).toStrictEqual(await mock.getBatchSaveData('Order'));
    expect(mock.batchDelete).toHaveBeenCalledWith(await mock.getBatchDeleteData('Order'), 'Order');
    expect(mock.trackDeletesStart).not.toHaveBeenCalled();
    expect(mock.unserved).toEqual([]);
    expect(() => mock.verify()).not.toThrow();
    expect(mock.clock).toEqual(new Date('2026-02-03T04:05:06Z'));
  });

  it('tells which member was not recorded, in the words that functions look for', async () => {
    const mock = new NangoSyncMock({ name: 'orders', fixture: {} });
    await expect(mock.getMetadata()).rejects.toThrow('Missing mock data for getMetadata');
    await expect(mock.getConnection()).rejects.toThrow('Missing mock data for getConnection');
    expect(mock.lastSyncDate).toBeNull();
    expect(await Array.fromAsync(mock.listRecords('Order'))).toEqual([]);
  });

  it('has a checkpoint in memory, null at first, stored as JSON', async () => {
    const mock = new NangoSyncMock({ name: 'orders', fixture: {} });
    expect(await mock.getCheckpoint()).toBeNull();
    await mock.saveCheckpoint({ at: new Date(0), gone: undefined, n: 1 });
    expect(await mock.getCheckpoint()).toStrictEqual({ at: '1970-01-01T00:00:00.000Z', n: 1 });
    await mock.clearCheckpoint();
    expect(await mock.getCheckpoint()).toBeNull();
  });
});

const refund = createAction({
  description: 'Refunds an order.',
  input: z.object({ order: z.string(), amount: z.number() }),
  output: z.object({ refund: z.string() }),
  exec: async (nango, input) => {
    const { data: parsed } = await nango.zodValidateInput({ zodSchema: z.object({ amount: z.number() }), input });
    const { data, status } = await nango.post<{ id: string }>({
      endpoint: `/v1/orders/${input.order}/refunds`,
      data: { reason: null, amount: parsed.amount },
      headers: { 'x-once': 'r1', 'content-type': 'application/json', Authorization: 'Bearer own' },
    });
    if (status !== 201) throw new nango.ActionError({ message: 'Not refunded.' });
    return { refund: data.id };
  },
});

describe('a generated action test', () => {
  it.each([false, true])('passes, strict: %s', async (strict) => {
    const mock = new NangoActionMock({ dirname, name: 'refund', strict });
    expect(await refund.exec(mock, await mock.getInput())).toEqual(await mock.getOutput());
    expect(mock.post).toHaveBeenCalledOnce();
    expect(mock.unserved).toEqual(['GET /v1/orders/9']);
  });

  it('reads connection and token', async () => {
    const mock = new NangoActionMock({ dirname, name: 'refund' });
    expect(await mock.getConnection()).toMatchObject({ connection_id: 'acme', connection_config: { shop: 'acme' } });
    expect(await mock.getToken()).toBe('token');
    expect([mock.connectionId, mock.providerConfigKey]).toEqual(['acme', 'shop']);
  });
});

describe('requests', () => {
  const play = (api: Fixture['api'], options: Partial<MockOptions> = {}) =>
    new NangoActionMock({ name: 'x', fixture: { ...(api && { api }) }, ...options });

  it('get a copy of the answer each time', async () => {
    const mock = play({ get: { '/a': { response: { list: [1] } } } });
    (await mock.get({ endpoint: '/a' })).data.list.push(2);
    expect((await mock.get({ endpoint: '/a' })).data).toEqual({ list: [1] });
  });

  it('find bytes again as bytes', async () => {
    const mock = play({ get: { '/file': { response: JSON.parse(JSON.stringify(Buffer.from('pdf'))) } } });
    expect((await mock.get({ endpoint: '/file', responseType: 'arraybuffer' })).data).toEqual(Buffer.from('pdf'));
  });

  it('take a sequence of answers in turn', async () => {
    const mock = play({ get: { '/job': { response: 'waiting', sequence: [{ response: 'done' }] } } });
    const read = async () => (await mock.get({ endpoint: '/job' })).data;
    expect([await read(), await read(), await read()]).toEqual(['waiting', 'done', 'done']);
  });

  it('that fail come back as answers, and are thrown when strict', async () => {
    const api = { get: { '/gone': { response: { message: 'Gone.' }, status: 410 } } };
    expect(await play(api).get({ endpoint: '/gone' })).toEqual({
      data: { message: 'Gone.' },
      status: 410,
      headers: {},
    });
    await expect(play(api, { strict: true }).get({ endpoint: '/gone' })).rejects.toMatchObject({
      name: 'AxiosError',
      isAxiosError: true,
      code: 'ERR_BAD_REQUEST',
      response: { status: 410, data: { message: 'Gone.' } },
    });
  });

  it('without a recording throw, and are remembered even when the function catches that', async () => {
    const mock = play({ get: {} });
    await mock.proxy({ method: 'POST', endpoint: '/nothing', data: { a: 1 } }).catch(() => {});
    expect(() => mock.verify()).toThrow('Not recorded: POST /nothing');
    await expect(mock.get({ endpoint: '/x', params: { a: 1 } })).rejects.toThrow('GET /x {"params":{"a":"1"}}');
  });

  it('to the link of a next page find it by its path, without the base path, whatever the host', async () => {
    const mock = play({
      get: {
        '/orders': [
          { response: { rows: [1], next: 'https://eu.shop.example/api/v2/orders?page=2' }, request: {} },
          { response: { rows: [2], next: '/api/v2/orders?page=3' }, request: { params: { page: '2' } } },
          { response: { rows: [3] }, request: { params: { page: '3' } } },
        ],
      },
    });
    const rules = { type: 'link', link_path_in_response_body: 'next', response_path: 'rows' };
    expect(await Array.fromAsync(mock.paginate({ endpoint: '/orders', paginate: rules }))).toEqual([[1], [2], [3]]);
  });

  it('are paged by the provider’s own rules where the function has none', async () => {
    const link = { link: '<https://api.github.com/repos?page=2>; rel="next"' };
    const second = { response: [2], request: { params: { page: '2' } } };
    const api = { get: { '/repos': [{ response: [1], headers: link, request: {} }, second] } };
    const mock = play(api, { providerConfigKey: 'github' });
    expect(await Array.fromAsync(mock.paginate({ endpoint: '/repos' }))).toEqual([[1], [2]]);
    await expect(Array.fromAsync(play(api).paginate({ endpoint: '/repos' }))).rejects.toThrow('how to page');
    const other = play(api, { pagination: { type: 'offset', offset_name_in_request: 'skip' } });
    await expect(Array.fromAsync(other.paginate({ endpoint: '/repos' }))).rejects.toThrow('"skip":"0"');
  });
});

describe('strictly', () => {
  const strict = { name: 'x', fixture: {}, Model: 'Order, Item', strict: true };

  it('input is validated', async () => {
    const mock = new NangoActionMock(strict);
    const zodSchema = z.object({ amount: z.number() });
    expect(await mock.zodValidateInput({ zodSchema, input: { amount: 1 } })).toEqual({
      success: true,
      data: { amount: 1 },
    });
    await expect(mock.zodValidateInput({ zodSchema, input: {} })).rejects.toMatchObject({
      payload: { message: 'Invalid input provided', issues: [{ path: ['amount'] }] },
    });
  });

  it('records go through the rules of the runtime', async () => {
    const mock = new NangoSyncMock(strict);
    await mock.batchSave([{ id: 1 }, { name: 'no id' }, null, { id: 'x'.repeat(2_001) }], 'Item');
    expect(() => mock.verify()).toThrow(
      [
        'Would be quarantined: Item without a readable id: id_missing',
        'Would be quarantined: Item without a readable id: not_an_object',
        'Would be quarantined: Item without a readable id: id_too_long',
      ].join('\n'),
    );
    await expect(mock.batchSave([{ id: 1 }], 'Other')).rejects.toMatchObject({ code: 'unknown_model' });
    await expect(mock.trackDeletesStart('Other')).rejects.toMatchObject({ code: 'unknown_model' });
  });
});

describe('the recording', () => {
  it('of the older form is read from mocks/', async () => {
    const mock = new NangoSyncMock({ dirname, name: 'old-orders', Model: 'Order' });
    expect((await mock.get({ endpoint: '/v1/orders', params: { any: 1 } })).data).toEqual([{ id: 1 }]);
    expect(await mock.getMetadata()).toEqual({ region: 'eu' });
    expect(await mock.getBatchSaveData('Order')).toEqual([{ id: '1' }, { id: '2' }]);
    expect(await mock.getBatchDeleteData('Order')).toBeUndefined();
    expect([await mock.getInput(), await mock.getOutput()]).toEqual([{ since: 5 }, { done: true }]);
    expect(mock.unserved).toEqual([]);
  });

  it('that is nowhere is missed with the places that were looked at', () => {
    expect(() => new NangoSyncMock({ dirname: '/nowhere/tests', name: 'orders' })).toThrow(
      /neither .*mocks\.test\.json nor \/nowhere\/tests\/orders\.test\.json nor \/nowhere\/mocks/,
    );
    expect(() => new NangoSyncMock({ name: 'orders' })).toThrow(/dirname/);
  });
});
