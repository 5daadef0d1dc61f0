import { describe, expect, it } from 'vitest';
import { createTestGuest, hostError } from './test-guest.ts';

const caught = (work: Promise<unknown>) => work.catch((error: unknown) => error) as Promise<Record<string, unknown>>;

describe('triggerAction', () => {
  it('takes both forms: another connection’s action, or one of this', async () => {
    const { nango, of } = createTestGuest(() => ({ body: '{"ok":true}' }));
    expect(await nango['triggerAction']('hubspot', 'c2', 'create', { a: 1 })).toEqual({ ok: true });
    expect(await nango['triggerAction']('create', { a: 1 })).toEqual({ ok: true });
    expect(await nango['triggerAction']('create')).toEqual({ ok: true });
    expect(of('triggerAction').map(({ args }) => args)).toEqual([
      { providerConfigKey: 'hubspot', connectionId: 'c2', actionName: 'create', input: { a: 1 } },
      { providerConfigKey: 'crm', connectionId: 'c1', actionName: 'create', input: { a: 1 } },
      { providerConfigKey: 'crm', connectionId: 'c1', actionName: 'create' },
    ]);
    expect(await caught(nango['triggerAction']('hubspot', 'c2'))).toMatchObject({ code: 'invalid_arguments' });
  });

  it('rejects as the HTTP call does', async () => {
    const body = { code: 'action_script_runtime_error', message: 'No.', payload: { type: 'gone' } };
    const refused = { code: body.code, message: 'No.', status: 500, body };
    const { nango } = createTestGuest(() => ({ result: { refused } }));
    const error = await caught(nango['triggerAction']('create', {}));
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ isAxiosError: true, status: 500, response: { status: 500, data: { error: body } } });
  });
});

describe('triggerSync and startSync', () => {
  it('hand on what they are given and resolve to nothing', async () => {
    const { nango, of } = createTestGuest();
    expect(await nango['triggerSync']('crm', 'c1', { name: 'a', variant: 'eu' }, { reset: true })).toBeUndefined();
    expect(await nango['startSync']('crm', ['a', 'b::eu'])).toBeUndefined();
    expect(of('triggerSync')[0]!.args).toEqual({
      providerConfigKey: 'crm',
      connectionId: 'c1',
      sync: { name: 'a', variant: 'eu' },
      options: { reset: true },
    });
    expect(of('startSync')[0]!.args).toEqual({ providerConfigKey: 'crm', syncs: ['a', 'b::eu'] });
  });
});

describe('the connection', () => {
  it('is asked for with its names and options', async () => {
    const { nango, of } = createTestGuest(() => ({ result: { id: 1 } }));
    expect(await nango['getConnection']()).toEqual({ id: 1 });
    await nango['getConnection']('hubspot', 'c2', { refreshToken: true });
    expect(of('getConnection').map(({ args }) => args)).toEqual([
      {},
      { providerConfigKey: 'hubspot', connectionId: 'c2', options: { refreshToken: true } },
    ]);
  });

  it('that is not there is an error with a response, and ours', async () => {
    const { nango } = createTestGuest(() => {
      throw hostError('unknown_connection', { status: 404 });
    });
    expect(await caught(nango['getConnection']('crm', 'nobody'))).toMatchObject({
      code: 'unknown_connection',
      response: { status: 404 },
    });
  });
});

describe('metadata', () => {
  it('is written with an answer in the shape of a response', async () => {
    const data = { metadata: { a: 1 }, provider_config_key: 'crm', connection_id: 'c1' };
    const { nango, of } = createTestGuest(() => ({ result: data }));
    for (const name of ['setMetadata', 'updateMetadata', 'setFieldMapping'])
      expect(await nango[name]({ a: 1 })).toMatchObject({ status: 200, data });
    expect(of('setMetadata')).toHaveLength(2);
    expect(of('updateMetadata')[0]!.args).toEqual({ metadata: { a: 1 } });
  });

  it('holds the old field mapping', async () => {
    const mapped = createTestGuest(() => ({ result: { fieldMapping: { a: 'b' } } }));
    expect(await mapped.nango['getFieldMapping']()).toEqual({ a: 'b' });
    expect(await createTestGuest(() => ({ result: {} })).nango['getFieldMapping']()).toEqual({});
  });
});

describe('checkpoints', () => {
  it('are seen at once by the script that saved or cleared them', async () => {
    const { nango, of } = createTestGuest(({ method, args }) =>
      method === 'saveCheckpoint' ? { result: args['checkpoint'] } : undefined,
    );
    expect(await nango['getCheckpoint']()).toBeNull();
    expect(await nango['saveCheckpoint']({ since: new Date(0), page: 2, done: false, no: undefined })).toBeUndefined();
    const saved = { since: '1970-01-01T00:00:00.000Z', page: 2, done: false };
    expect(of('saveCheckpoint')[0]!.args).toEqual({ checkpoint: saved });
    expect(await nango['getCheckpoint']()).toEqual(saved);
    await nango['clearCheckpoint']();
    expect(await nango['getCheckpoint']()).toBeNull();
  });

  it('of a sync come with its start, of other functions when they are asked for', async () => {
    const sync = createTestGuest(undefined, { checkpoint: { page: 3 } });
    expect(await sync.nango['getCheckpoint']()).toEqual({ page: 3 });
    expect(sync.asked).toHaveLength(0);
    const action = createTestGuest(() => ({ result: { page: 4 } }), { kind: 'action' });
    expect(await action.nango['getCheckpoint']()).toEqual({ page: 4 });
    await action.nango['getCheckpoint']();
    expect(action.of('getCheckpoint')).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', [1]],
    ['a text', 'x'],
    ['null in a field', { a: null }],
    ['a list in a field', { a: [1] }],
    ['an object in a field', { a: {} }],
    ['NaN', { a: Number.NaN }],
    ['a BigInt', { a: 1n }],
    ['an invalid date', { a: new Date('x') }],
    ['17 fields', Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`f${n}`, n]))],
    ['a long name', { ['x'.repeat(256)]: 1 }],
    ['a long text', { a: 'x'.repeat(4001) }],
    ['a NUL', { a: 'x\0' }],
    ['a lone surrogate', { a: '\ud800' }],
  ])('cannot hold %s', async (_name, checkpoint) => {
    const { nango, asked } = createTestGuest();
    expect(await caught(nango['saveCheckpoint'](checkpoint))).toMatchObject({ code: 'invalid_checkpoint' });
    expect(asked).toHaveLength(0);
  });

  it('hold 16 fields with names of 255 and texts of 4,000 characters', async () => {
    const { nango, of } = createTestGuest(({ args }) => ({ result: args['checkpoint'] }));
    const fields = Array.from({ length: 16 }, (_, n) => [`${n}`.padEnd(255, 'x'), 'y'.repeat(4000)]);
    await nango['saveCheckpoint'](Object.fromEntries(fields));
    expect(of('saveCheckpoint')).toHaveLength(1);
  });
});
