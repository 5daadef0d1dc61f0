import { ActionError } from '@syncline/functions';
import { describe, expect, it } from 'vitest';
import type { FunctionKind } from '../protocol.ts';
import { abortRun } from './abort.ts';
import { createTestGuest, hostError } from './test-guest.ts';

const base = [
  'ActionError',
  'abortSignal',
  'activityLogId',
  'clearCheckpoint',
  'connectionId',
  'delete',
  'environmentId',
  'environmentName',
  'get',
  'getCheckpoint',
  'getConnection',
  'getEnvironmentVariables',
  'getFieldMapping',
  'getFlowAttributes',
  'getIntegration',
  'getMetadata',
  'getToken',
  'getWebhookURL',
  'isCLI',
  'log',
  'logger',
  'paginate',
  'patch',
  'post',
  'provider',
  'providerConfigKey',
  'proxy',
  'put',
  'releaseAllLocks',
  'releaseLock',
  'saveCheckpoint',
  'scriptType',
  'setFieldMapping',
  'setLogger',
  'setMetadata',
  'startSync',
  'triggerAction',
  'triggerSync',
  'tryAcquireLock',
  'uncontrolledFetch',
  'updateMetadata',
  'zodValidateInput',
]; // prettier-ignore
const ofSyncs = [
  'batchDelete',
  'batchSave',
  'batchSend',
  'batchUpdate',
  'deleteRecordsFromPreviousExecutions',
  'emptyCache',
  'getRecordsById',
  'getRecordsByIds',
  'lastSyncDate',
  'listRecords',
  'setMergingStrategy',
  'syncId',
  'syncJobId',
  'trackDeletesEnd',
  'trackDeletesStart',
  'track_deletes',
  'variant',
]; // prettier-ignore

describe('the surface', () => {
  it.each<[FunctionKind, string[]]>([
    ['sync', [...base, ...ofSyncs]],
    ['webhook', [...base, ...ofSyncs]],
    ['action', base],
    ['on-event', base],
  ])('of a %s function has these members and no others', (kind, members) => {
    const { nango } = createTestGuest(undefined, { kind });
    expect(Object.keys(nango).sort()).toEqual([...members].sort());
    expect(nango['scriptType']).toBe(kind);
    for (const other of ofSyncs) expect(other in nango).toBe(members.includes(other));
    expect('getInput' in nango).toBe(false);
  });

  it('says where the script runs, and holds no key', () => {
    const { nango } = createTestGuest();
    expect(nango).toMatchObject({
      connectionId: 'c1',
      providerConfigKey: 'crm',
      provider: 'acme-crm',
      environmentId: 7,
      environmentName: 'dev',
      activityLogId: 'operation',
      isCLI: false,
      variant: 'base',
      syncId: 'sync',
      syncJobId: 3,
      track_deletes: false,
      emptyCache: false,
      lastSyncDate: undefined,
      logger: { level: 'info' },
    });
    expect(nango['ActionError']).toBe(ActionError);
  });

  it('gives the last successful run as a date, and the deploy’s attributes', () => {
    const lastSyncDate = '2026-11-24T10:00:00.000Z';
    const { nango } = createTestGuest(undefined, {
      properties: { ...createTestGuest().nango, lastSyncDate } as never,
      attributes: { tier: 'gold' },
    });
    expect(nango['lastSyncDate']).toEqual(new Date(lastSyncDate));
    expect(nango['getFlowAttributes']()).toEqual({ tier: 'gold' });
    expect(createTestGuest().nango['getFlowAttributes']()).toBeNull();
  });

  it('has one alias of each old name', () => {
    const { nango } = createTestGuest();
    expect(nango['batchSend']).toBe(nango['batchSave']);
    expect(nango['getRecordsById']).toBe(nango['getRecordsByIds']);
  });

  it('tells a script by its signal that its run was stopped, and the next run by another', () => {
    const first = createTestGuest().nango['abortSignal'] as AbortSignal;
    expect(first.aborted).toBe(false);
    abortRun();
    expect(first.aborted).toBe(true);
    expect((first.reason as Error).name).toBe('AbortError');
    expect((createTestGuest().nango['abortSignal'] as AbortSignal).aborted).toBe(false);
  });

  it('has `fetch` and `console` of its own', async () => {
    const { of } = createTestGuest(({ method }) =>
      method === 'uncontrolledFetch'
        ? {
            result: { status: 200, statusText: 'OK', headers: {}, url: 'https://a.example/', redirected: false },
            body: 'hi',
          }
        : undefined,
    );
    expect(await (await globalThis.fetch('https://a.example/')).text()).toBe('hi');
    expect(of('uncontrolledFetch')).toHaveLength(1);
  });
});

describe('a call that fails', () => {
  const failing = (method: string) =>
    createTestGuest((asked) => {
      if (asked.method === method) throw hostError('unavailable', { status: 503 });
      return { result: {} };
    });

  it('ends the run when it was a write that the script did not look at', async () => {
    const { nango, settle } = failing('batchSave');
    void nango['batchSave']([{ id: '1' }], 'Contact');
    await expect(settle()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('keeps a checkpoint from being saved on top of such a write', async () => {
    const { nango, of } = failing('batchSave');
    void nango['batchSave']([{ id: '1' }], 'Contact');
    await new Promise(setImmediate);
    await expect(nango['saveCheckpoint']({ page: 2 })).rejects.toMatchObject({ code: 'unavailable' });
    expect(of('saveCheckpoint')).toHaveLength(0);
  });

  it('is the script’s own business when it was caught, or changes nothing', async () => {
    const caught = failing('batchSave');
    await caught.nango['batchSave']([{ id: '1' }], 'Contact').catch(() => {});
    await caught.settle();
    const read = failing('getMetadata');
    read.nango['getMetadata']().catch(() => {});
    await read.settle();
  });
});

it('waits for calls that were issued and not awaited', async () => {
  let done = false;
  const { nango, settle } = createTestGuest(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    done = true;
    return undefined;
  });
  void nango['batchSave']([{ id: '1' }], 'Contact');
  await settle();
  expect(done).toBe(true);
});

describe('locks', () => {
  it('ask the host and answer with its word', async () => {
    const { nango, of } = createTestGuest(() => ({ result: true }));
    expect(await nango['tryAcquireLock']({ key: 'k', ttlMs: 1000 })).toBe(true);
    expect(await nango['releaseLock']({ key: 'k' })).toBe(true);
    expect(await nango['releaseAllLocks']()).toBeUndefined();
    expect(of('tryAcquireLock')[0]!.args).toEqual({ key: 'k', ttlMs: 1000 });
  });
});
