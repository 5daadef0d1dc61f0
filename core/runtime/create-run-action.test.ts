// Synchronous actions in real guests: every way that they can end, and what the API then answers (functions, section 6).
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { setVariable } from '../environments/variables.ts';
import { openTestRuntime, type Tenant, type TestRuntime } from './test-runtime.ts';

let runtime: TestRuntime;
const simulator = createSimulator();
beforeAll(async () => {
  runtime = await openTestRuntime('run_action', simulator, { limits: { actionMs: 1_500, startMs: 600 } });
});
afterAll(() => runtime.close());

const action = (body: string) => `exports.default = { type: 'action', exec: async (nango, input) => { ${body} } };`;

const call = (
  { env }: Tenant,
  { name = 'act', input, ...more }: { name?: string; input?: unknown; via?: 'function' } = {},
) =>
  runtime.parts.runAction({
    environment: env,
    providerConfigKey: 'crm',
    connectionId: 'c1',
    actionName: name,
    input,
    ...more,
  });

async function tenantWith(js: string, definition = {}): Promise<Tenant> {
  const tenant = await runtime.tenant();
  await tenant.deploy({ name: 'act', js, definition });
  return tenant;
}

describe('an output', () => {
  it.each([
    ['undefined', 'null'],
    ['null', 'null'],
    ['0', '0'],
    [`'text'`, '"text"'],
    ['[1, { a: undefined, d: new Date(0) }]', '[1,{"d":"1970-01-01T00:00:00.000Z"}]'],
  ])('of %s is %s', async (value, output) => {
    expect((await call(await tenantWith(action(`return ${value};`)))).output).toBe(output);
  });

  it('has 2 MB at most', async () => {
    const tenant = await tenantWith(action(`return 'x'.repeat(input.size);`));
    expect((await call(tenant, { input: { size: 1_999_998 } })).output).toHaveLength(2_000_000);
    await expect(call(tenant, { input: { size: 1_999_999 } })).rejects.toMatchObject({
      code: 'script_output_too_large',
      status: 400,
      payload: { size: 2_000_001, max: 2_000_000, stacktrace: [expect.stringMatching(/^ {4}at exec \(.+:\d+:\d+\)$/)] },
    });
  });
});

describe('an input', () => {
  const seen = `return [input === undefined ? 'undefined' : input, typeof input];`;

  it('is passed as it came; none is {} in an action, undefined in the older form', async () => {
    const tenant = await tenantWith(action(seen));
    await tenant.deploy({ name: 'older', js: `exports.default = async function runAction(nango, input) { ${seen} };` });
    const outputs = [];
    for (const input of [undefined, null, 0, '', false, [], { a: 1 }]) {
      const [today, older] = await Promise.all([call(tenant, { input }), call(tenant, { name: 'older', input })]);
      outputs.push([JSON.parse(today.output)[0], JSON.parse(older.output)[0]]);
    }
    expect(outputs).toEqual([
      [{}, 'undefined'],
      [{}, 'undefined'],
      [0, 0],
      ['', ''],
      [false, false],
      [[], []],
      [{ a: 1 }, { a: 1 }],
    ]);
  });

  it('reaches a createFunction without a trigger as that of its invocation', async () => {
    const js = `exports.default = { type: 'function', exec: async (nango, trigger) => ({ trigger, has: 'batchSave' in nango }) };`;
    const tenant = await tenantWith(js, { trigger: { kind: 'none' } });
    const { output } = await call(tenant, { input: { a: 1 }, via: 'function' });
    expect(JSON.parse(output)).toEqual({
      trigger: { kind: 'invoke', connection: { connectionId: 'c1', providerConfigKey: 'crm' }, input: { a: 1 } },
      has: false,
    });
    expect(await tenant.operations()).toMatchObject([{ type: 'function', action: 'invoke', state: 'success' }]);
  });
});

describe('what escapes a script', () => {
  const actionErrors: [string, unknown][] = [
    [`{ message: 'Not today.', retry_on: 'Monday' }`, { message: 'Not today.', retry_on: 'Monday' }],
    [`['a', 'b']`, { message: ['a', 'b'] }],
    [`'text'`, { message: 'text' }],
    ['', {}],
  ];
  it.each(actionErrors)('ActionError(%s) is 500 with its payload', async (payload, wanted) => {
    await expect(call(await tenantWith(action(`throw new nango.ActionError(${payload});`)))).rejects.toMatchObject({
      code: 'action_script_runtime_error',
      status: 500,
      payload: wanted,
      retryable: false,
    });
  });

  it.each([
    [403, false],
    [404, false],
    [408, true],
    [429, true],
    [503, true],
  ])('an upstream’s %i is 424 with what it answered; may pass: %s', async (status, retryable) => {
    simulator.faults.set([{ match: { path: '/me' }, fault: { status } }]);
    const failing = call(await tenantWith(action(`await nango.get({ endpoint: '/me' });`)));
    await expect(failing).rejects.toMatchObject({
      code: 'script_http_error',
      status: 424,
      retryable,
      upstream: { status, headers: { 'content-type': expect.stringContaining('json') }, body: expect.anything() },
    });
    simulator.faults.set([]);
  });

  it('no answer at all is 500 and may pass', async () => {
    const body = `await nango.get({ endpoint: '/me', baseUrlOverride: 'http://127.0.0.1:1' });`;
    await expect(call(await tenantWith(action(body)))).rejects.toMatchObject({ status: 500 });
    simulator.faults.set([{ match: { path: '/me' }, fault: { resetBeforeHeaders: true } }]);
    await expect(call(await tenantWith(action(`await nango.get({ endpoint: '/me' });`)))).rejects.toMatchObject({
      code: 'script_network_error',
      status: 500,
      retryable: true,
      payload: { name: 'AxiosError', message: expect.any(String) },
    });
    simulator.faults.set([]);
  });

  it('anything else is 500 with where it came from', async () => {
    await expect(call(await tenantWith(action(`throw new RangeError('Negative.');`)))).rejects.toMatchObject({
      code: 'script_internal_error',
      status: 500,
      message: 'Negative.',
      payload: {
        name: 'RangeError',
        message: 'Negative.',
        stacktrace: expect.arrayContaining(['RangeError: Negative.']),
      },
    });
  });

  it.each([
    ['an ActionError', `throw new nango.ActionError({ message: 'No.' });`, 'No.'],
    ['an answer of the provider', `await nango.get({ endpoint: '/nowhere' });`, 'The provider answered 404.'],
    ['an error of its own', `null.x;`, "Cannot read properties of null (reading 'x')"],
    ['a refusal of ours', `await nango.triggerAction('none', {});`, 'The call of the platform was answered with 404.'],
  ])('is logged with the line that it came from: %s', async (_what, body, message) => {
    const tenant = await tenantWith(action(`\n\n${body}`));
    await expect(call(tenant)).rejects.toThrow();
    const [operation] = await tenant.operations();
    const [line = '', ...more] = (await tenant.linesOf(operation!.id)).slice(-1);
    expect(more).toEqual([]);
    expect(line).toMatch(/ \(crm\/actions\/act\.js:3:\d+\)$/);
    expect(line.replace(/ \([^()]+\)$/, '')).toBe(message);
  });

  it('an action that another one called ends as that call would', async () => {
    const tenant = await tenantWith(action(`return nango.triggerAction('inner', input);`));
    await tenant.deploy({ name: 'inner', js: action(`throw new nango.ActionError({ message: 'inner' });`) });
    await expect(call(tenant)).rejects.toMatchObject({ code: 'script_http_error', status: 424 });
  });
});

describe('limits', () => {
  it('ends what runs too long', async () => {
    await expect(call(await tenantWith(action('await new Promise(() => {});')))).rejects.toMatchObject({
      code: 'execution_timeout',
      status: 500,
      payload: {},
    });
    const spinning = await tenantWith(action('\nfor (;;);'));
    const message = 'The function ran longer than 1.5 seconds.';
    await expect(call(spinning)).rejects.toMatchObject({
      code: 'execution_timeout',
      payload: { stacktrace: [message, expect.stringMatching(/at exec \(crm\/actions\/act\.js:2:\d+\)/)] },
    });
    const [operation] = await spinning.operations();
    expect(operation).toMatchObject({ state: 'timeout' });
    expect(await spinning.linesOf(operation!.id)).toEqual([
      expect.stringMatching(/^The function ran longer than 1\.5 seconds\. \(crm\/actions\/act\.js:2:\d+\)$/),
    ]);
  });

  it('refuses a call that finds no free process in time, and says when to come again', async () => {
    const tenant = await tenantWith(action('return 1;'));
    const held = await Promise.all([1, 2].map(() => runtime.guests.acquire(tenant.env.environmentId)));
    await expect(call(tenant)).rejects.toMatchObject({
      code: 'action_start_timeout',
      status: 503,
      retryAfterMs: 5_000,
    });
    for (const guest of held) runtime.guests.release(guest, { reuse: false });
    expect((await call(tenant)).output).toBe('1');
  });

  it('ends a process that takes too much memory, and no other', async () => {
    const tenant = await tenantWith(action('const all = []; for (;;) all.push(new Array(1e6).fill(Math.random()));'));
    await tenant.deploy({ name: 'good', js: action('return 1;') });
    const [hungry, good] = await Promise.allSettled([call(tenant), call(tenant, { name: 'good' })]);
    expect(hungry).toMatchObject({ status: 'rejected' });
    const { code } = (hungry as PromiseRejectedResult).reason as { code: string };
    expect(['function_runtime_out_of_memory', 'execution_timeout']).toContain(code); // whichever comes first here
    expect(good).toMatchObject({ status: 'fulfilled' });
  });
});

describe('what is not there', () => {
  it('is named, before anything runs', async () => {
    const tenant = await tenantWith(action('return 1;'));
    const { functionId } = await tenant.deploy({ name: 'off', js: action('') });
    await tenant.disable(functionId);
    const { env } = tenant;
    const base = { environment: env, providerConfigKey: 'crm', connectionId: 'c1', actionName: 'act', input: {} };
    const { runAction } = runtime.parts;
    await expect(runAction({ ...base, providerConfigKey: 'x' })).rejects.toMatchObject({
      code: 'unknown_provider',
      status: 400,
    });
    await expect(runAction({ ...base, connectionId: 'x' })).rejects.toMatchObject({
      code: 'unknown_connection',
      status: 400,
    });
    await expect(runAction({ ...base, actionName: 'x' })).rejects.toMatchObject({ code: 'not_found', status: 404 });
    await expect(runAction({ ...base, actionName: 'off' })).rejects.toMatchObject({
      code: 'disabled_resource',
      status: 404,
    });
    expect(await tenant.operations()).toEqual([]);
  });
});

describe('schemas', () => {
  const definitions = {
    In: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'], additionalProperties: false },
    Out: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'], additionalProperties: false },
  };
  const definition = { input: 'In', output: 'Out', jsonSchema: { definitions } };

  it('are enforced where the environment says so: 400 before it runs, and 400 after it has', async () => {
    const tenant = await tenantWith(
      action(`await nango.get({ endpoint: '/me' }); return { ok: input.answer };`),
      definition,
    );
    expect((await call(tenant, { input: { id: 7 } })).output).toBe('{}');
    await tenant.env.transaction((tx) =>
      tx.execute(sql`UPDATE environments SET settings = '{"validation":"enforce"}'`),
    );
    simulator.requests.clear();
    await expect(call(tenant, { input: { id: 7 } })).rejects.toMatchObject({
      code: 'invalid_action_input',
      status: 400,
      payload: { model: 'In', validation: [{ path: 'id', message: expect.any(String) }] },
    });
    expect(simulator.requests.list()).toEqual([]);
    await expect(call(tenant, { input: { id: 'a', answer: 'yes' } })).rejects.toMatchObject({
      code: 'invalid_action_output',
      status: 400,
      payload: { model: 'Out', data: { ok: 'yes' } },
    });
    expect((await call(tenant, { input: { id: 'a', answer: true } })).output).toBe('{"ok":true}');
    expect((await tenant.operations()).map(({ state }) => state)).toEqual(['success', 'failed', 'failed', 'success']);
  });
});

it('takes what is new at once: variables, metadata, another version', async () => {
  const tenant = await tenantWith(
    action(
      `return [(await nango.getMetadata()).a, (await nango.getEnvironmentVariables()).map(({ value }) => value).join()];`,
    ),
  );
  expect((await call(tenant)).output).toBe('[null,""]');
  await setVariable(tenant.env, { name: 'B', value: 'second' });
  await setVariable(tenant.env, { name: 'A', value: 'first' });
  await tenant.env.transaction((tx) => tx.execute(sql`UPDATE connections SET metadata = '{"a":1}'`));
  expect((await call(tenant)).output).toBe('[1,"first,second"]');
  const { versionId } = await tenant.deploy({ name: 'newer', js: action(`return 'newer';`) });
  await tenant.env.transaction((tx) =>
    tx.execute(sql`UPDATE functions SET current_version_id = ${versionId} WHERE name = 'act'`),
  );
  expect((await call(tenant)).output).toBe('"newer"');
});

it('is told without the secret that a script throws by mistake', async () => {
  // Only log lines were cleaned: it went on into the output, the run's row, events and Temporal's history.
  const tenant = await tenantWith(
    action(`const [{ value }] = await nango.getEnvironmentVariables(); throw new Error('Key: ' + value);`),
  );
  await setVariable(tenant.env, { name: 'API_KEY', value: 'sk-1234567' });
  const told = { message: 'Key: [secret]', payload: { message: 'Key: [secret]' } };
  await expect(call(tenant)).rejects.toMatchObject({ code: 'script_internal_error', ...told });
});
