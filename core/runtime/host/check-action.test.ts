import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSimulator } from '../../../simulator/index.ts';
import { checkInput, checkOutput } from './check-action.ts';
import type { RunContext } from './run-context.ts';
import { openTestHost, type TestHost } from './test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await openTestHost('check_action', createSimulator());
});
afterAll(() => host.close());

const object = {
  type: 'object',
  properties: { id: { type: 'string' } },
  required: ['id'],
  additionalProperties: false,
};
const definition = { input: 'In', output: 'Out', jsonSchema: { definitions: { In: object, Out: object } } };

async function open(changes: Partial<RunContext> = {}) {
  const { context } = await host.execute(await host.connect());
  return { ...context, definition, ...changes } as RunContext;
}

it('a mismatch is a line in the log, no more', async () => {
  const context = await open();
  checkInput(context, { id: 7 });
  checkOutput(context, '{"id":"a","extra":1}');
  expect(await host.linesOf(context)).toMatchObject([
    { level: 'warn', message: 'The input does not match the schema In.', meta: { validation: [{ path: 'id' }] } },
    { level: 'warn', message: 'The output does not match the schema Out.', meta: { validation: [{ path: 'extra' }] } },
  ]);
});

it('what matches, or has no schema, says nothing; an input may hold more keys', async () => {
  const context = await open();
  checkInput(context, { id: 'a', more: 1 });
  checkOutput(context, '{"id":"a"}');
  const bare = await open({ definition: undefined });
  checkInput(bare, 7);
  checkOutput(bare, 'null');
  expect(await host.linesOf(context)).toEqual([]);
  expect(await host.linesOf(bare)).toEqual([]);
});

it('a void input may be absent', async () => {
  const jsonSchema = { definitions: { In: { type: 'null' } } };
  const context = await open({ definition: { input: 'In', jsonSchema } });
  checkInput(context, undefined);
  expect(await host.linesOf(context)).toEqual([]);
});

it('a mismatch is refused where the environment enforces schemas', async () => {
  const sync = await host.connect();
  await sync.env.transaction((tx) => tx.execute(sql`UPDATE environments SET settings = '{"validation":"enforce"}'`));
  const { context } = await host.execute(sync);
  const enforced = { ...context, definition } as RunContext;
  expect(() => checkInput(enforced, {})).toThrow(
    expect.objectContaining({
      code: 'invalid_action_input',
      status: 400,
      payload: { model: 'In', validation: [{ path: 'id', message: 'is missing' }] },
    }),
  );
  expect(() => checkOutput(enforced, '{}')).toThrow(
    expect.objectContaining({ code: 'invalid_action_output', status: 400 }),
  );
});
