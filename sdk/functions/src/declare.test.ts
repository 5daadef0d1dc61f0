import { expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { FunctionTriggerEvent, NangoAction, NangoEvent, NangoSync, ProxyConfiguration } from './index.ts';
import { createAction, createFunction, createOnEvent, createSync } from './index.ts';

const Contact = z.object({ id: z.string(), name: z.string(), email: z.string().optional() });
const Company = z.object({ id: z.number() });

it('gives every factory its argument back, plus its type', () => {
  const exec = async () => {};
  expect(createSync({ description: 'd', frequency: 'every hour', models: { Contact }, exec })).toEqual({
    type: 'sync',
    description: 'd',
    frequency: 'every hour',
    models: { Contact },
    exec,
  });
  expect(createAction({ description: 'd', input: z.void(), output: z.void(), exec }).type).toBe('action');
  expect(createOnEvent({ description: 'd', event: 'validate-connection', exec }).type).toBe('onEvent');
  expect(createFunction({ description: 'd', exec }).type).toBe('function');
});

it('types records, model names, metadata and checkpoints of a sync from its schemas', () => {
  const sync = createSync({
    description: 'd',
    frequency: 'every hour',
    models: { Contact, Company },
    metadata: z.object({ team: z.string() }),
    checkpoint: z.object({ page: z.number() }),
    exec: async (nango) => {
      expectTypeOf(nango.getMetadata()).resolves.toEqualTypeOf<{ team: string }>();
      expectTypeOf(nango.getCheckpoint()).resolves.toEqualTypeOf<{ page: number } | null>();
      expectTypeOf(nango.saveCheckpoint).parameter(0).toEqualTypeOf<{ page: number }>();
      expectTypeOf(nango.trackDeletesStart).parameter(0).toEqualTypeOf<'Contact' | 'Company'>();
      await nango.batchSave([{ id: '1', name: 'Ada' }], 'Contact');
      await nango.batchUpdate([{ id: '1', name: undefined }], 'Contact');
      await nango.batchSave([{ id: 1 }], 'Company');
      // @ts-expect-error a name is missing
      await nango.batchSave([{ id: '1' }], 'Contact');
      // @ts-expect-error no such model
      await nango.batchSave([{ id: '1' }], 'Deal');
      // @ts-expect-error the page is a number
      await nango.saveCheckpoint({ page: '2' });
      for await (const page of nango.paginate<{ id: number }>({ endpoint: '/x' })) {
        expectTypeOf(page).toEqualTypeOf<{ id: number }[]>();
      }
    },
  });
  type Local = Parameters<(typeof sync)['exec']>[0];
  expectTypeOf<Local>().toExtend<NangoSync>();
});

it('types input and output of an action', () => {
  const action = createAction({
    description: 'd',
    input: z.object({ name: z.string() }),
    output: z.object({ id: z.string() }),
    exec: async (nango, input) => {
      expectTypeOf(input).toEqualTypeOf<{ name: string }>();
      expectTypeOf(nango).toExtend<NangoAction>();
      expectTypeOf(nango).not.toHaveProperty('batchSave');
      if (input.name === '') throw new nango.ActionError({ message: 'A name, please.' });
      return { id: '1' };
    },
  });
  expectTypeOf(action.exec).returns.toEqualTypeOf<Promise<{ id: string }> | { id: string }>();

  createAction({
    description: 'd',
    input: z.void(),
    output: z.object({ id: z.string() }),
    // @ts-expect-error the output needs an id
    exec: async () => ({}),
  });
});

it('types metadata and checkpoint of an action, and of an on-event function, which has neither records nor an input', () => {
  const declared = { metadata: z.object({ team: z.string() }), checkpoint: z.object({ seen: z.boolean() }) };
  createAction({
    description: 'd',
    input: z.object({ page: z.number().default(1) }),
    output: z.void(),
    ...declared,
    exec: async (nango, input) => {
      expectTypeOf(input.page).toEqualTypeOf<number>();
      expectTypeOf(nango.getMetadata()).resolves.toEqualTypeOf<{ team: string }>();
      expectTypeOf(nango.getCheckpoint()).resolves.toEqualTypeOf<{ seen: boolean } | null>();
      // @ts-expect-error no such field
      await nango.saveCheckpoint({ seen: true, more: 1 });
      // @ts-expect-error metadata has a team
      await nango.setMetadata({ crew: 'a' });
      // @ts-expect-error no such input
      return input.name;
    },
  });
  const onEvent = createOnEvent({
    description: 'd',
    event: 'post-connection-creation',
    ...declared,
    exec: async (nango, ...rest: unknown[]) => {
      expectTypeOf(rest).toEqualTypeOf<unknown[]>();
      expectTypeOf(nango).toExtend<NangoEvent>();
      expectTypeOf(nango).not.toHaveProperty('batchSave');
      expectTypeOf(nango).not.toHaveProperty('variant');
      expectTypeOf(nango.getMetadata()).resolves.toEqualTypeOf<{ team: string }>();
      expectTypeOf(nango.getCheckpoint()).resolves.toEqualTypeOf<{ seen: boolean } | null>();
      expectTypeOf(nango.saveCheckpoint).parameter(0).toEqualTypeOf<{ seen: boolean }>();
    },
  });
  expectTypeOf(onEvent.type).toEqualTypeOf<'onEvent'>();
});

it('types a webhook’s handler as its sync, and the trigger of a createFunction by its input', () => {
  createSync({
    description: 'd',
    frequency: 'every hour',
    models: { Contact },
    exec: async () => {},
    onWebhook: async (nango, payload) => {
      expectTypeOf(payload).toBeAny();
      await nango.batchDelete([{ id: payload.id }], 'Contact');
      // @ts-expect-error no such model
      await nango.batchDelete([{ id: '1' }], 'Deal');
    },
  });
  const invoked = createFunction({
    description: 'd',
    input: z.object({ a: z.number() }),
    output: z.string(),
    exec: async (_, trigger) => {
      expectTypeOf(trigger).toEqualTypeOf<FunctionTriggerEvent<{ a: number }>>();
      return String(trigger.input.a);
    },
  });
  expectTypeOf(invoked.exec).returns.toEqualTypeOf<Promise<string> | string>();
  // @ts-expect-error the output is a text
  createFunction({ description: 'd', output: z.string(), exec: async () => 1 });
});

it('refuses declarations that no deploy takes', () => {
  const exec = async () => {};
  // @ts-expect-error when does it run?
  createSync({ description: 'd', models: { Contact }, exec });
  // @ts-expect-error a model is a schema of an object
  createSync({ description: 'd', frequency: 'every hour', models: { Contact: z.string() }, exec });
  // @ts-expect-error a checkpoint is an object
  createSync({ description: 'd', frequency: 'every hour', models: { Contact }, checkpoint: z.string(), exec });
  // @ts-expect-error what is its output?
  createAction({ description: 'd', input: z.void(), exec });
  // @ts-expect-error no such event
  createOnEvent({ description: 'd', event: 'connection-made', exec });
  // @ts-expect-error no such trigger
  createFunction({ description: 'd', trigger: { kind: 'cron' }, exec });
});

it('leaves undeclared metadata and response bodies open, as existing scripts read them', () => {
  createAction({
    description: 'd',
    input: z.void(),
    output: z.unknown(),
    exec: async (nango) => {
      const config: ProxyConfiguration = { endpoint: '/x', params: { page: 1, q: undefined }, retries: 3 };
      const { data } = await nango.get(config);
      const metadata = await nango.getMetadata();
      expectTypeOf(data).toBeAny();
      expectTypeOf(metadata).toBeAny();
      return data;
    },
  });
});
