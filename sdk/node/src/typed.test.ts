// The types that `syncline generate` fills: what a generated file says holds for every call by name.
import { describe, expectTypeOf, it } from 'vitest';
import type { AcceptedAction, RecordMetadata, Syncline } from './index.ts';

interface Models {
  GithubIssue: { id: string; title: string; closed?: boolean };
  Contact: { id: number; email: string };
}

interface Actions {
  'create-issue': { input: { title: string }; output: { id: string } };
  ping: { input: undefined; output: 'pong' };
  maybe: { input: { a?: number } | undefined; output: null };
}

declare const typed: Syncline<Models, Actions>;
declare const untyped: Syncline;

/** Compiled, never called. */
const types = (check: () => unknown) => void check;
const place = { providerConfigKey: 'github', connectionId: 'acme' };

describe('with generated types', () => {
  it('records are of their model', () => {
    types(async () => {
      const { records } = await typed.listRecords('GithubIssue', place);
      expectTypeOf(records[0]!.title).toEqualTypeOf<string>();
      expectTypeOf(records[0]!.closed).toEqualTypeOf<boolean | undefined>();
      expectTypeOf(records[0]!.id).toEqualTypeOf<string>();
      expectTypeOf(records[0]!._nango_metadata).toEqualTypeOf<RecordMetadata>();
      const long = await typed.listRecords({ ...place, model: 'Contact' });
      expectTypeOf(long.records[0]!.email).toEqualTypeOf<string>();
      for await (const issue of typed.records('GithubIssue', place)) expectTypeOf(issue.title).toEqualTypeOf<string>();
      for await (const { records: batch } of typed.recordBatches('Contact', place))
        expectTypeOf(batch[0]!.id).toEqualTypeOf<number>();
    });
  });

  it('a model that is not deployed is an error', () => {
    types(() => [
      // @ts-expect-error
      typed.listRecords('GitHubIssue', place),
      // @ts-expect-error
      typed.listRecords({ ...place, model: 'GitHubIssue' }),
      // @ts-expect-error
      typed.records('GitHubIssue', place),
      // @ts-expect-error
      typed.pruneRecords({ ...place, model: 'GitHubIssue', untilCursor: 'c' }),
    ]);
  });

  it('an action takes its input and gives its output, by both forms', () => {
    types(async () => {
      expectTypeOf(await typed.triggerAction('create-issue', { title: 'a' })).toEqualTypeOf<{ id: string }>();
      expectTypeOf(await typed.triggerAction('create-issue', { title: 'a' }, place)).toEqualTypeOf<{ id: string }>();
      expectTypeOf(await typed.triggerAction('github', 'acme', 'create-issue', { title: 'a' })).toEqualTypeOf<{
        id: string;
      }>();
      expectTypeOf(await typed.triggerAction('ping')).toEqualTypeOf<'pong'>();
      expectTypeOf(await typed.triggerAction('ping', undefined, place)).toEqualTypeOf<'pong'>();
      expectTypeOf(await typed.triggerAction('github', 'acme', 'ping')).toEqualTypeOf<'pong'>();
      expectTypeOf(await typed.triggerAction('maybe', { a: 1 })).toEqualTypeOf<null>();
      expectTypeOf(await typed.triggerActionAsync('create-issue', { title: 'a' })).toEqualTypeOf<AcceptedAction>();
    });
  });

  it('a wrong, missing or unknown input or action is an error', () => {
    types(() => [
      // @ts-expect-error
      typed.triggerAction('create-issue', { titel: 'a' }),
      // @ts-expect-error
      typed.triggerAction('create-issue'),
      // @ts-expect-error
      typed.triggerAction('github', 'acme', 'create-issue', { title: 1 }),
      // @ts-expect-error
      typed.triggerAction('github', 'acme', 'create-issue'),
      // @ts-expect-error
      typed.triggerAction('create-isue', { title: 'a' }),
      // @ts-expect-error
      typed.triggerActionAsync('create-issue', { title: 1 }),
    ]);
  });

  it('a type that the caller writes wins, and the name is still checked', () => {
    types(async () => {
      const { records } = await typed.listRecords<{ title: 'x' }>({ ...place, model: 'GithubIssue' });
      expectTypeOf(records[0]!.title).toEqualTypeOf<'x'>();
      expectTypeOf(
        await typed.triggerAction<{ b: 1 }, 'out'>('github', 'acme', 'ping', { b: 1 }),
      ).toEqualTypeOf<'out'>();
      // @ts-expect-error
      await typed.listRecords<{ title: 'x' }>({ ...place, model: 'Nothing' });
    });
  });
});

describe('without generated types', () => {
  it('every model and action is taken', () => {
    types(async () => {
      const { records } = await untyped.listRecords({ ...place, model: 'Anything' });
      expectTypeOf(records[0]!['field']).toBeAny();
      expectTypeOf(records[0]!._nango_metadata).toEqualTypeOf<RecordMetadata>();
      const own = await untyped.listRecords<{ position: number }>({ ...place, model: 'Anything' });
      expectTypeOf(own.records[0]!.position).toEqualTypeOf<number>();
      expectTypeOf(await untyped.triggerAction('github', 'acme', 'anything', { a: 1 })).toBeAny();
      expectTypeOf(await untyped.triggerAction('anything')).toBeAny();
      expectTypeOf(await untyped.triggerAction<{ a: 1 }, { b: 2 }>('k', 'c', 'anything', { a: 1 })).toEqualTypeOf<{
        b: 2;
      }>();
    });
  });
});
