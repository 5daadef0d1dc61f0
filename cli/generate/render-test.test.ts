import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { renderActionTest, renderSyncTest } from './render-test.ts';

const modules = path.join(import.meta.dirname, '..', '..', 'node_modules');
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'generated-tests-'));
  symlinkSync(modules, path.join(dir, 'node_modules'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(files: Record<string, unknown>) {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** As a person runs them. @returns names of the failed tests, and how many passed */
function vitest(): { passed: number; failed: string[] } {
  const output = path.join(dir, 'report.json');
  const args = ['run', '--root', dir, '--reporter', 'json', '--outputFile', output];
  const { stdout, stderr } = spawnSync(process.execPath, [path.join(modules, 'vitest', 'vitest.mjs'), ...args], {
    cwd: dir,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  if (!existsSync(output)) throw new Error(stdout + stderr);
  const report = JSON.parse(readFileSync(output, 'utf8')) as {
    numPassedTests: number;
    testResults: { message: string; assertionResults: { status: string; title: string }[] }[];
  };
  const failed = report.testResults.flatMap(({ assertionResults, message }) =>
    assertionResults.length === 0
      ? [message]
      : assertionResults.filter(({ status }) => status === 'failed').map(({ title }) => title),
  );
  return { passed: report.numPassedTests, failed };
}

const sync = `
import { createSync } from '@syncline/functions';
import { z } from 'zod';
export default createSync({
  description: 'd', frequency: 'every hour', models: { Card: z.object({ id: z.string() }), Tag: z.object({ id: z.string() }) },
  exec: async (nango) => {
    const { data } = await nango.get({ endpoint: '/cards', retries: 3 });
    await nango.batchSave(data.map(({ id }) => ({ id: String(id) })), 'Card');
    await nango.batchDelete([{ id: 'old' }], 'Card');
  },
});
`;
const action = `
import { createAction } from '@syncline/functions';
import { z } from 'zod';
export default createAction({
  description: 'd', input: z.object({ id: z.string() }), output: z.object({ id: z.string(), name: z.string() }),
  exec: async (nango, input) => (await nango.get({ endpoint: '/cards/' + input.id })).data,
});
`;
const cards = (saved: string) => ({
  nango: { batchSave: { Card: [{ id: saved }, { id: '2' }] }, batchDelete: { Card: [{ id: 'old' }] } },
  api: { get: { '/cards': { response: [{ id: 1 }, { id: 2 }] } } },
});

it('makes tests that pass on what was recorded and fail on anything else', () => {
  const identity = { integration: 'board', module: '../syncs/cards.js', name: 'cards' };
  write({
    'package.json': { type: 'module' },
    'board/syncs/cards.ts': sync,
    'board/actions/read.ts': action,
    'board/tests/cards.test.ts': renderSyncTest({ ...identity, models: ['Card', 'Tag'] }),
    'board/tests/cards.test.json': cards('1'),
    'board/tests/read.test.ts': renderActionTest({ ...identity, name: 'read', module: '../actions/read.js' }),
    'board/tests/read.test.json': {
      input: { id: '7' },
      output: { id: '7', name: 'Seven' },
      nango: {},
      api: { get: { '/cards/7': { response: { id: '7', name: 'Seven' } } } },
    },
  });
  expect(vitest()).toEqual({ passed: 3, failed: [] });
  write({ 'board/tests/cards.test.json': cards('9') });
  expect(vitest()).toEqual({ passed: 2, failed: ['board/cards saves and deletes the recorded Card'] });
});
