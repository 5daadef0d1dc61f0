// Every other command of the peer's published command line: each takes it ten seconds.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPublishedCli, type PublishedCli, project } from './published-cli.ts';
import { readRecords, waitForRun } from './syncs.ts';

let cli: PublishedCli;
beforeAll(async () => {
  cli = await openPublishedCli();
  const { code, output } = await cli.nango('deploy', 'dev', '--auto-confirm');
  expect(code, output).toBe(0);
  await waitForRun(cli.api, { integration: 'board', connection: 'acme', sync: 'cards' }, 1);
}, 400_000);
afterAll(() => cli?.end());

it('deploys again and removes what the project no longer has, when told that it may', async () => {
  const index = readFileSync(join(cli.dir, 'index.ts'), 'utf8');
  writeFileSync(join(cli.dir, 'index.ts'), index.replace("import './board/actions/rename-card.js';\n", ''));
  const names = async () =>
    (await cli.api.ok<{ data: { name: string }[] }>('GET', '/integrations/board/functions')).data.map(
      ({ name }) => name,
    );
  const { code, output } = await cli.nango('deploy', 'dev', '--auto-confirm', '--allow-destructive');
  expect(code, output).toBe(0);
  expect(await names()).toEqual(['hello', 'cards']);
  writeFileSync(join(cli.dir, 'index.ts'), index);
  await cli.nango('deploy', 'dev', '--auto-confirm');
  expect(await names()).toEqual(['rename-card', 'hello', 'cards']);
});

it('runs a sync and an action dry, through the API, and stores nothing', async () => {
  const before = await cli.api.ok<{ data: object[] }>('GET', '/logs', { query: { types: 'sync' } });
  const sync = await cli.nango('dryrun', 'cards', 'acme', '-e', 'dev');
  expect(sync.code, sync.output).toBe(0);
  expect(sync.output).toContain('script:"cards"');
  expect(sync.output).not.toContain('An error occurred');
  expect(sync.output).toMatch(/"title":/);
  const [record] = await readRecords(cli.api, { integration: 'board', connection: 'acme' }, { model: 'Card' });
  const action = await cli.nango(
    'dryrun',
    'rename-card',
    'acme',
    '-e',
    'dev',
    '-i',
    JSON.stringify({ id: record!.id, title: 'Dry' }),
  );
  expect(action.code, action.output).toBe(0);
  expect(action.output).toContain('"title": "Dry"');
  const after = await cli.api.ok<{ data: object[] }>('GET', '/logs', { query: { types: 'sync' } });
  expect(after.data.length).toBe(before.data.length);
});

it('pulls the source of a function', async () => {
  const { code, output } = await cli.nango('pull', 'board', 'rename-card', '-e', 'dev', '-f');
  expect(code, output).toBe(0);
  expect(readFileSync(join(cli.dir, 'board/actions/rename-card.ts'), 'utf8')).toBe(
    project['board/actions/rename-card.ts'],
  );
});

it('ends with its own exit code and words of ours when a deploy is refused', async () => {
  await cli.api.ok('DELETE', '/integrations/board');
  const { code, output } = await cli.nango('deploy', 'dev', '--auto-confirm');
  expect(code, output).not.toBe(0);
  expect(output).toMatch(/needs the integration 'board'|provider_not_on_account/);
});
