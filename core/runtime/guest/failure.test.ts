import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import * as functionsSdk from '@syncline/functions';
import { ActionError } from '@syncline/functions';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bundle } from '../../../cli/compile/bundle.ts';
import type { ModuleBody } from './bridge.ts';
import { describeFailure } from './failure.ts';
import { loadBundle } from './load-bundle.ts';
import { createTestGuest, hostError } from './test-guest.ts';

const nowhere = { file: 'crm/syncs/x.js', js: '' };

async function failureOf(work: () => unknown) {
  try {
    await work();
  } catch (error) {
    return describeFailure(error, nowhere);
  }
  throw new Error('It did not fail.');
}

describe('an ActionError', () => {
  it.each<[unknown, unknown]>([
    [
      { type: 'not_found', message: 'No such contact.' },
      { type: 'not_found', message: 'No such contact.' },
    ],
    ['text', { message: 'text' }],
    [[1, 2], { message: [1, 2] }],
    [undefined, {}],
    [null, {}],
  ])('with %j has a payload', async (given, payload) => {
    const failure = await failureOf(() => {
      throw new ActionError(given);
    });
    expect(failure).toMatchObject({ type: 'action_script_runtime_error', payload });
  });

  it('keeps the small fields of a payload above 99,000 bytes, and says that it is cut', async () => {
    const failure = await failureOf(() => {
      throw new ActionError({ type: 'too_many', message: 'See list.', list: Array(30_000).fill('"é"') });
    });
    const text = JSON.stringify(failure.payload);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(99_000);
    expect(failure.payload).toMatchObject({ type: 'too_many', message: 'See list.', truncated: true });
    expect((failure.payload as { text: string }).text).toContain('"list":["\\"é\\""');
  });

  it('does not hide behind a payload that is no JSON', async () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const failure = await failureOf(() => {
      throw new ActionError({ cycle });
    });
    expect(failure).toMatchObject({ type: 'action_script_runtime_error' });
    expect(JSON.stringify(failure.payload)).toContain('cannot be shown');
  });
});

describe('a request that failed', () => {
  const answered = (status: number, body: string, headers = {}) =>
    createTestGuest(() => ({ result: { status, statusText: '', headers, url: 'https://a.example/' }, body })).nango;

  it('and was answered is a script_http_error with what the provider said', async () => {
    const headers = { 'content-type': 'application/json', 'x-ratelimit-reset': '7', 'set-cookie': 'a=1', etag: 'x' };
    const failure = await failureOf(() => answered(403, '{"why":"no"}', headers)['get']({ endpoint: '/a' }));
    expect(failure).toEqual({
      type: 'script_http_error',
      message: 'The provider answered 403.',
      payload: { why: 'no' },
      upstream: {
        status: 403,
        headers: { 'content-type': 'application/json', 'x-ratelimit-reset': '7' },
        body: { why: 'no' },
      },
    });
  });

  it('has the answer’s own payload, and a scalar as a message', async () => {
    const get = (body: string) => failureOf(() => answered(500, body)['get']({ endpoint: '/a' }));
    expect((await get('{"payload":{"a":1}}')).payload).toEqual({ a: 1 });
    expect((await get('oops')).payload).toEqual({ message: 'oops' });
  });

  it('and was not answered is a script_network_error', async () => {
    const { nango } = createTestGuest(() => {
      throw hostError('ECONNRESET', { message: 'socket hang up', status: 500 });
    });
    expect(await failureOf(() => nango['get']({ endpoint: '/a' }))).toMatchObject({
      type: 'script_network_error',
      message: 'socket hang up',
      payload: { name: 'AxiosError', code: 'ECONNRESET', message: 'socket hang up' },
    });
  });

  it('and was refused by us ends under our own code', async () => {
    const { nango } = createTestGuest(() => {
      throw hostError('connection_refresh_exhausted', { message: 'No.', status: 424, payload: { reason: 'x' } });
    });
    expect(await failureOf(() => nango['get']({ endpoint: '/a' }))).toEqual({
      type: 'connection_refresh_exhausted',
      message: 'No.',
      payload: { reason: 'x' },
    });
  });

  it('to another function is a script_http_error too, or of our own limit when that was reached', async () => {
    const refused = (code: string, status: number) =>
      createTestGuest(() => ({
        result: { refused: { code, message: 'No.', status, body: { code, message: 'No.' } } },
      })).nango['triggerAction']('do-it', {});
    expect(await failureOf(() => refused('action_script_runtime_error', 500))).toMatchObject({
      type: 'script_http_error',
      upstream: { status: 500, body: { error: { code: 'action_script_runtime_error' } } },
    });
    expect(await failureOf(() => refused('too_many_request', 429))).toMatchObject({
      type: 'script_api_rate_limit_error',
    });
  });
});

it('of ours keeps its code; a script’s own error with such a code does not pass for ours', async () => {
  const { nango } = createTestGuest(() => {
    throw hostError('too_many_rejects');
  });
  expect(await failureOf(() => nango['batchSave']([{ id: '1' }], 'Contact'))).toMatchObject({
    type: 'too_many_rejects',
  });
  const own = await failureOf(() => {
    throw hostError('too_many_rejects');
  });
  expect(own).toMatchObject({ type: 'script_internal_error', payload: { code: 'too_many_rejects' } });
});

it.each([undefined, null, 'text', 7, { a: 1 }])('of a script that throws %j is told all the same', async (thrown) => {
  const failure = await failureOf(() => {
    throw thrown;
  });
  expect(failure).toMatchObject({ type: 'script_internal_error', payload: { name: 'Error' } });
});

describe('the stack trace', () => {
  const file = 'crm/actions/fail.js';
  const require = createRequire(import.meta.url);
  const requireModule = (name: string): unknown => (name === 'nango' ? functionsSdk : require(name));
  const evaluate = (text: string) =>
    runInThisContext(`(function (module, exports, require) {${text}\n})`, { filename: file }) as ModuleBody;
  let js: string;
  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'failure-'));
    writeFileSync(
      join(dir, 'mapper.ts'),
      `interface Amount { cents: number }\n\nexport function toEuros(amount: Amount): number {\n  if (amount.cents < 0) throw new RangeError('The amount is negative.');\n  return amount.cents / 100;\n}\n`,
    );
    writeFileSync(
      join(dir, 'fail.ts'),
      `import { createAction } from 'nango';\nimport { z } from 'zod';\nimport { toEuros } from './mapper.js';\n\nexport default createAction({\n  description: 'x', version: '1.0.0', input: z.void(), output: z.void(),\n  exec: async () => {\n    await Promise.resolve();\n    recurse(30);\n  },\n});\n\nfunction recurse(depth: number): void {\n  if (depth > 0) return recurse(depth - 1);\n  toEuros({ cents: -1 });\n}\n`,
    );
    js = (await bundle({ file: join(dir, 'fail.ts'), dir })).js;
  });

  it('shows the lines of the author’s own files, at most ten, and nothing of ours', async () => {
    const { exec } = loadBundle(() => evaluate(js), requireModule, 'action');
    const error = await exec({}).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const { type, payload } = describeFailure(error, { file, js });
    const { stacktrace } = payload as { stacktrace: string[] };
    expect(type).toBe('script_internal_error');
    expect(stacktrace[0]).toBe('RangeError: The amount is negative.');
    expect(stacktrace[1]).toBe('    at toEuros (mapper.ts:4:31)');
    expect(stacktrace[2]).toBe('    at recurse (fail.ts:15:3)');
    expect(stacktrace).toHaveLength(11);
  });

  it('shows the lines of the bundle when it has no map', () => {
    const plain = 'module.exports = { exec() { throw new Error("x"); } };';
    const { exec } = loadBundle(() => evaluate(plain), requireModule, 'action');
    let error: unknown;
    try {
      void exec({});
    } catch (thrown) {
      error = thrown;
    }
    const { payload } = describeFailure(error, { file, js: plain });
    expect((payload as { stacktrace: string[] }).stacktrace[1]).toContain(`${file}:1:`);
  });
});

describe('zodValidateInput', () => {
  const zodSchema = z.object({ name: z.string(), age: z.number() });

  it('gives the parsed input', async () => {
    const { nango } = createTestGuest();
    const input = { name: 'Ada', age: 36, more: 1 };
    expect(await nango['zodValidateInput']({ zodSchema, input })).toEqual({
      success: true,
      data: { name: 'Ada', age: 36 },
    });
  });

  it('throws an ActionError with every issue, each of them logged', async () => {
    const { nango, of } = createTestGuest();
    const failure = await failureOf(() => nango['zodValidateInput']({ zodSchema, input: { age: 'x' } }));
    expect(failure).toMatchObject({
      type: 'action_script_runtime_error',
      payload: {
        message: 'Invalid input provided',
        issues: [
          { path: ['name'], code: 'invalid_type' },
          { path: ['age'], code: 'invalid_type' },
        ],
      },
    });
    expect(of('log').map(({ args }) => args['level'])).toEqual(['error', 'error']);
  });

  it('takes schemas that check asynchronously', async () => {
    const { nango } = createTestGuest();
    const later = z.string().refine(async (text) => text === 'yes');
    expect(await nango['zodValidateInput']({ zodSchema: later, input: 'yes' })).toMatchObject({ data: 'yes' });
  });
});
