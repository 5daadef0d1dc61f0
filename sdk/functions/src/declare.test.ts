import { expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { NangoAction, NangoSync, ProxyConfiguration } from './index.ts';
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
