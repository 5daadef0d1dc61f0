// Does what the connection's metadata asks for, and saves what it saw as a record of its own.
import { createSync, type NangoSync } from '@syncline/functions';
import { z } from 'zod';

const Item = z.object({ id: z.string(), name: z.string(), extra: z.record(z.string(), z.unknown()).optional() });
const Seen = z.object({ id: z.string(), value: z.unknown() });
const models = { Item, Seen };

interface Wish {
  what?: string;
}

type Nango = NangoSync<typeof models>;

const caught = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing was thrown',
    ({ code, message }: { code?: string; message: string }) => ({ code, message }),
  );

async function idsOf(nango: Nango): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id, _nango_metadata } of nango.listRecords('Item'))
    ids.push(`${id} ${_nango_metadata.last_action}`);
  return ids;
}

const uses: Record<string, (nango: Nango) => Promise<unknown>> = {
  async properties(nango) {
    const { scriptType, variant, lastSyncDate, syncId, syncJobId, track_deletes, emptyCache, environmentName } = nango;
    return {
      ...{ scriptType, variant, syncId, syncJobId, track_deletes, emptyCache, environmentName },
      lastSyncDate: lastSyncDate instanceof Date,
      attributes: nango.getFlowAttributes(),
    };
  },

  async records(nango) {
    // A run may reject one of a hundred.
    const many = Array.from({ length: 200 }, (_, n) => ({ id: `filler-${n}`, value: n }));
    await nango.batchSave(many, 'Seen');
    const items = ['a', 'b', 'c', 'd'].map((id) => ({ id, name: id, extra: { n: 1, kept: true } }));
    await nango.batchSave([...items, { id: 'a', name: 'a again', extra: {} }], 'Item');
    await nango.batchUpdate(
      [
        { id: 'b', extra: { n: 2 } },
        { id: 'nobody', name: 'x' },
        { id: 'b', name: 'B' },
      ],
      'Item',
    );
    await nango.batchDelete([{ id: 'c' }, { id: 'nobody' }], 'Item');
    await nango.batchSend([{ id: 'e', name: 7 as unknown as string }, { name: 'no id' } as never], 'Item');
    const found = await nango.getRecordsByIds(['b', 'c', 'nobody', 'e'], 'Item');
    return {
      listed: await idsOf(nango),
      found: Object.fromEntries([...found].map(([id, { _nango_metadata: _, ...record }]) => [id, record])),
      unknownModel: await caught(nango.batchSave([], 'Nothing' as 'Item')),
      checkpoint: await nango.getCheckpoint(),
    };
  },

  async merging(nango) {
    await nango.setMergingStrategy({ strategy: 'ignore_if_modified_after_cursor' }, 'Item');
    await nango.setMergingStrategy({ strategy: 'override' }, 'Item');
    await nango.batchSave([{ id: 'm', name: 'one' }], 'Item');
    await nango.batchSave([{ id: 'm', name: 'two' }], 'Item');
    const wrong = await caught(nango.setMergingStrategy({ strategy: 'newest' as 'override' }, 'Seen'));
    return { wrong, name: (await nango.getRecordsByIds(['m'], 'Item')).get('m')?.name };
  },

  async calls(nango) {
    const variables = await nango.getEnvironmentVariables();
    const answer = await nango.triggerAction('answer', { how: 'echoes' });
    const { providerConfigKey, connectionId } = nango;
    await nango.triggerSync(providerConfigKey, connectionId, 'delete-previous', { reset: true });
    const page = await nango.uncontrolledFetch({ url: (await nango.getMetadata<{ url: string }>()).url });
    await nango.log('a line of the sync', { a: 1 });
    return { variables, answer, page: page.status, token: await nango.getToken(), lock: await holdLock(nango) };
  },

  /** Long enough to be killed in: the lock is taken before, and asked for again after. */
  async holdsLock(nango) {
    const before = await holdLock(nango);
    await nango.log('the lock is taken');
    for (let page = 1; page <= 10; page++)
      await nango.get({ endpoint: '/paged/contacts', params: { page, page_size: 5 } });
    return { before, after: await holdLock(nango), released: await nango.releaseLock({ key: 'of the sync' }) };
  },

  async waits(nango) {
    nango.abortSignal.addEventListener('abort', () => void nango.log('told to stop'));
    await nango.log('waiting');
    for (;;) await nango.get({ endpoint: '/slow?ms=200' });
  },

  /** Nobody looks at the second failure: the run must not succeed. The compiler knows the usual ways to forget an await. */
  async drops(nango) {
    void nango.batchSave([{ id: 'x', name: 'x', big: 1n } as never], 'Item').catch(() => {});
    const { setMergingStrategy } = nango;
    void setMergingStrategy({ strategy: 'newest' as 'override' }, 'Item');
    return 'done';
  },
};

const holdLock = (nango: Nango) => nango.tryAcquireLock({ key: 'of the sync', ttlMs: 600_000 });

export default createSync({
  description: 'Uses members of the nango object.',
  version: '1.0.0',
  frequency: 'every day',
  autoStart: false,
  models,
  metadata: z.looseObject({ what: z.string().optional() }),
  exec: async (nango) => {
    const { what } = await nango.getMetadata<Wish>();
    const use = uses[what ?? ''];
    if (!use) return;
    await nango.batchSave([{ id: what!, value: JSON.parse(JSON.stringify((await use(nango)) ?? null)) }], 'Seen');
  },
});
