// The mocks stand in for the `nango` object without a cast, and for that of their own kind of function only.
import { createAction, createOnEvent, createSync } from '@syncline/functions';
import { expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { type Fixture, NangoActionMock, NangoSyncMock } from './index.ts';

const sync = createSync({
  description: 'd',
  frequency: 'every hour',
  models: { Order: z.object({ id: z.string(), total: z.number() }) },
  metadata: z.object({ shop: z.string() }),
  checkpoint: z.object({ page: z.number() }),
  exec: async () => {},
  onWebhook: async () => {},
});
const action = createAction({
  description: 'd',
  input: z.object({ order: z.string() }),
  output: z.object({ refunded: z.boolean() }),
  exec: async () => ({ refunded: true }),
});
const onEvent = createOnEvent({ description: 'd', event: 'validate-connection', exec: async () => {} });

it('takes a sync’s mock where a sync is run, an action’s where an action or an on-event function is', () => {
  expectTypeOf<NangoSyncMock>().toExtend<Parameters<typeof sync.exec>[0]>();
  expectTypeOf<NangoSyncMock>().toExtend<Parameters<NonNullable<typeof sync.onWebhook>>[0]>();
  expectTypeOf<NangoActionMock>().toExtend<Parameters<typeof action.exec>[0]>();
  expectTypeOf<NangoActionMock>().toExtend<Parameters<typeof onEvent.exec>[0]>();
  expectTypeOf<NangoActionMock>().not.toExtend<Parameters<typeof sync.exec>[0]>();
  expectTypeOf<NangoActionMock>().not.toHaveProperty('batchSave');
  expectTypeOf(action.exec).parameter(1).toEqualTypeOf<{ order: string }>();
});

it('is made with what a test knows', () => {
  const fixture: Fixture = { input: { order: 'o1' }, output: { refunded: true } };
  const mock = new NangoActionMock({ name: 'refund', fixture, strict: true });
  expectTypeOf(mock.unserved).toEqualTypeOf<string[]>();
  expectTypeOf(mock.clock).toEqualTypeOf<Date | undefined>();
  expectTypeOf(mock.verify).returns.toEqualTypeOf<void>();
  expectTypeOf(mock.scriptType).toEqualTypeOf<'action'>();
  // @ts-expect-error of which function?
  expectTypeOf(() => new NangoSyncMock({ fixture })).toBeFunction();
  // @ts-expect-error no such option
  expectTypeOf(() => new NangoSyncMock({ name: 'orders', fixture, strikt: true })).toBeFunction();
  expectTypeOf<{ api: { get: { '/orders': { status: 404; response: '' } } } }>().toExtend<Fixture>();
  expectTypeOf<{ api: { get: { '/orders': { status: 404 } } } }>().not.toExtend<Fixture>();
});
