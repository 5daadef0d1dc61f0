// Uses the members of the `nango` object that its input names, and answers with what it saw.
import { createAction, type NangoAction } from '@syncline/functions';
import { z } from 'zod';

type With = Record<string, string>;

/** What a script sees of an error. */
function seen(error: unknown) {
  const { name, message, code, status, response, payload, isAxiosError } = error as Record<string, unknown>;
  const answer = response as { status: number; data: unknown } | undefined;
  const shown = answer && { status: answer.status, data: answer.data };
  return { isError: error instanceof Error, name, message, code, status, isAxiosError, payload, response: shown };
}

const caught = (work: Promise<unknown>) => work.then(() => 'nothing was thrown', seen);

const uses: Record<string, (nango: NangoAction, given: With) => Promise<unknown>> = {
  async properties(nango) {
    const { connectionId, providerConfigKey, provider, environmentName, scriptType, isCLI, abortSignal } = nango;
    return {
      ...{ connectionId, providerConfigKey, provider, environmentName, scriptType, isCLI },
      aborted: abortSignal.aborted,
      attributes: nango.getFlowAttributes(),
      environment: Object.keys(process.env),
      others: ['batchSave', 'variant', 'lastSyncDate', 'getInput'].filter((name) => name in nango),
    };
  },

  async requests(nango, { id = '' }) {
    const first = await nango.get<{ id: string }>({ endpoint: `/contacts/${id}`, retries: 2 });
    const echo = await nango.post({ endpoint: '/echo', data: { a: 1 }, headers: { 'x-mine': 'yes' } });
    const bytes = await nango.get({ endpoint: '/bytes?n=10', responseType: 'arraybuffer' });
    const pages: number[] = [];
    for await (const rows of nango.paginate<{ id: string }>({ endpoint: '/contacts', paginate: { limit: 20 } })) {
      pages.push(rows.length);
      if (pages.length === 2) break;
    }
    return {
      first: { id: first.data.id, status: first.status, json: first.headers['content-type'] },
      echo: echo.data,
      bytes: Buffer.isBuffer(bytes.data) && bytes.data.length,
      pages,
      proxied: (await nango.proxy({ endpoint: '/status?code=204', method: 'get' })).data,
    };
  },

  async failures(nango) {
    return {
      notFound: await caught(nango.get({ endpoint: '/contacts/nobody' })),
      cut: await caught(nango.get({ endpoint: '/me', headers: { 'x-simulator-fault': 'reset-mid-body' } })),
      denied: await caught(nango.get({ endpoint: '/x', baseUrlOverride: 'http://169.254.169.254' })),
      waits: await nango
        .get({ endpoint: '/me', headers: { 'x-simulator-fault': '{"status":429,"headers":{"x-wait":"0"}}' } })
        .catch(seen),
      stranger: await caught(nango.getConnection('crm', 'nobody')),
    };
  },

  async connection(nango) {
    const { id, credentials, ...connection } = await nango.getConnection();
    const variables = await nango.getEnvironmentVariables();
    return {
      id: typeof id,
      credentials,
      connection,
      token: await nango.getToken(),
      integration: await nango.getIntegration({ include: ['webhook'] }),
      bare: Object.keys(await nango.getIntegration()),
      webhookUrl: await nango.getWebhookURL(),
      variables,
    };
  },

  async metadata(nango) {
    const before = await nango.getMetadata();
    const set = await nango.setMetadata({ plan: 'free', fieldMapping: { a: 'b' } });
    await nango.updateMetadata({ region: 'eu' });
    const after = await nango.getMetadata();
    const mapping = await nango.getFieldMapping();
    const refused = await caught(nango.setMetadata('text'));
    await nango.setFieldMapping({});
    return {
      before,
      set: { status: set.status, data: set.data },
      after,
      mapping,
      refused,
      last: await nango.getMetadata(),
    };
  },

  async logs(nango, { secret = '' }) {
    await nango.log('hidden', { level: 'debug' });
    await nango.log('a line', { a: 1 }, { level: 'warn' });
    console.error('from console', { b: 2 });
    nango.setLogger({ level: 'debug' });
    await nango.log(`with ${secret}`, { nested: [`the key is ${secret}`] }, { level: 'debug' });
    await nango.log('large', { text: 'x'.repeat(200_000) });
    return nango.logger.level;
  },

  async locks(nango, { key = 'k' }) {
    const lock = { key, ttlMs: 60_000 };
    return {
      first: await nango.tryAcquireLock(lock),
      again: await nango.tryAcquireLock(lock),
      released: await nango.releaseLock({ key }),
      twice: await nango.releaseLock({ key }),
      left: await nango.tryAcquireLock(lock),
      all: await nango.releaseAllLocks(),
      bad: await caught(nango.tryAcquireLock({ key: '', ttlMs: 1 })),
      held: await nango.tryAcquireLock({ key: `${key}-held`, ttlMs: 60_000 }),
    };
  },

  tryLock: (nango, { key = '' }) => nango.tryAcquireLock({ key, ttlMs: 1_000 }),

  async checkpoint(nango, { next = '' }) {
    const found = await nango.getCheckpoint();
    if (next === 'clear') await nango.clearCheckpoint();
    else await nango.saveCheckpoint({ page: 2, since: new Date(0) });
    return { found, seen: await nango.getCheckpoint() };
  },

  async fetches(nango, { url = '' }) {
    const own = await nango.uncontrolledFetch({ url: new URL(`${url}/echo`), method: 'POST', body: 'x' });
    const standard = await fetch(`${url}/echo`, { method: 'POST', body: 'y', headers: { 'x-mine': 'yes' } });
    return {
      own: { status: own.status, isResponse: own instanceof Response, body: await own.json() },
      standard: await standard.json(),
      denied: await caught(nango.uncontrolledFetch({ url: new URL('http://169.254.169.254/latest') })),
      circles: await caught(
        nango.uncontrolledFetch({ url: `${url}/redirect?code=302&to=${encodeURIComponent('/redirect?code=302')}` }),
      ),
    };
  },

  async delegates(nango, { how = '' }) {
    const here = await nango.triggerAction<{ how: string }>('answer', { how: 'echoes' });
    const there = await nango.triggerAction('crm', nango.connectionId, 'answer', { how: 'echoes' });
    return { here, there, failed: how === '' ? null : await caught(nango.triggerAction('answer', { how })) };
  },

  /** Calls itself for ever. */
  recursion: (nango) => nango.triggerAction('use-members', { what: 'recursion' }),

  async commands(nango) {
    await nango.startSync('crm', ['sync-members'], nango.connectionId);
    await nango.triggerSync('crm', nango.connectionId, 'sync-members::base', 'incremental');
    return caught(nango.triggerSync('crm', nango.connectionId, { name: 'no-such-sync', variant: 'eu' }));
  },

  validate: (nango) => nango.zodValidateInput({ zodSchema: z.object({ name: z.string() }), input: { name: 7 } }),

  async escapes(nango, { how = '' }) {
    if (how === 'http') await nango.get({ endpoint: '/contacts/nobody' });
    if (how === 'nested') await nango.triggerAction('answer', { how: 'refuses' });
    if (how === 'checkpoint') await nango.saveCheckpoint({ list: [] });
    return fail(how);
  },
};

function fail(how: string): never {
  throw new RangeError(`No way to escape: ${how}.`);
}

export default createAction({
  description: 'Uses members of the nango object.',
  version: '1.0.0',
  input: z.object({ what: z.string(), with: z.record(z.string(), z.string()).optional() }),
  output: z.any(),
  exec: async (nango, { what, with: given = {} }) => {
    const use = uses[what];
    if (!use) throw new nango.ActionError({ message: `Nothing is called ${what}.` });
    return use(nango, given);
  },
});
