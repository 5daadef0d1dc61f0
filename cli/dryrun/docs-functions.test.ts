// The examples of docs/functions.md: each compiles, type check and rules included, and does what the page says of it.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createGuestPool } from '../../core/runtime/host/guest-pool.ts';
import type { CompiledFunction } from '../compile/compile-functions.ts';
import { compileProject } from '../compile/compile-project.ts';
import { dryRun } from './engine.ts';
import { toJson } from './outcome.ts';
import type { Platform } from './platform.ts';
import { answered, createTestProject, testPlatform } from './test-project.ts';

const page = readFileSync(new URL('../../docs/functions.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
const [sync = '', action = '', webhook = '', onEvent = ''] = examples;

const guests = createGuestPool({ size: 1 });
let functions: CompiledFunction[];
beforeAll(async () => {
  expect(examples).toHaveLength(4);
  // The handler is shown as what comes on top of the sync above it.
  const handler = webhook.slice(webhook.indexOf('// …') + '// …'.length, webhook.lastIndexOf('});'));
  const { dir } = createTestProject({
    'github/syncs/issues.ts': sync,
    'github/actions/create-issue.ts': action,
    'github/on-events/check.ts': onEvent,
    'other/syncs/issues.ts': sync.replace(/\n\}\);\n$/, `\n${handler}});\n`),
  });
  ({ functions } = await compileProject({ dir }));
});
afterAll(() => guests.close());

/** Runs one of them; the provider answers as it is told. */
function run(path: string, answer: unknown, input?: { value: unknown }) {
  const found = functions.find(({ entry }) => entry.path === path)!;
  const asked: unknown[] = [];
  const http = async (request: object, body: Buffer) => {
    asked.push({ ...request, body: body.toString() });
    return answered(answer);
  };
  // As the provider's entry says how it pages.
  const pagination = { type: 'link', link_rel_in_response_header: 'next' };
  const rules: Platform['rules'] = { pagination, linkOrigins: [], siblingHosts: [], logLevel: 'info' };
  const platform = testPlatform({ http }, { rules });
  return dryRun(guests, { function: found, platform, ...(input && { input }) }).then((outcome) => ({ outcome, asked }));
}

it('the sync saves what the provider lists', async () => {
  const { outcome } = await run('github/syncs/issues.ts', [{ id: 1, title: 'First' }]);
  expect(outcome.failure).toBeUndefined();
  expect(toJson(outcome).models['Issue']).toMatchObject({ added: 1, records: [{ id: '1', title: 'First' }] });
});

it('the action posts and answers', async () => {
  const { outcome, asked } = await run('github/actions/create-issue.ts', { id: 7 }, { value: { title: 'New' } });
  expect(outcome.output).toEqual({ id: '7' });
  expect(asked).toMatchObject([{ body: '{"title":"New"}' }]);
});

it('the on-event function lets one workspace in and refuses the others', async () => {
  expect((await run('github/on-events/check.ts', { workspace: 'acme' })).outcome.failure).toBeUndefined();
  const { outcome } = await run('github/on-events/check.ts', { workspace: 'other' });
  expect(outcome.failure).toMatchObject({ type: 'action_script_runtime_error', message: 'Choose the workspace Acme.' });
});

it('the webhook function is one of its sync', () => {
  const { definition } = functions.find(({ entry }) => entry.path === 'other/syncs/issues.ts')!;
  expect(definition).toMatchObject({ type: 'sync', webhookSubscriptions: ['issue.closed'] });
});
