import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { findTemplate, findTemplateFunction, listTemplates } from './find-template.ts';
import { templateFiles } from './template-files.ts';

let from: string;
const action =
  "import { toId } from '../mappers/to-id.js'; export default { type: 'action', exec: async () => toId(1) };";
beforeEach(() => {
  from = mkdtempSync(path.join(tmpdir(), 'templates-'));
  write({
    'github/actions/list-repos.ts': action,
    'github/actions/close.ts': 'export default {};',
    'github/syncs/issues.ts': "import { Issue } from '../../models.js'; export default { Issue };",
    'github/syncs/close.ts': 'export default {};',
    'github/mappers/to-id.ts': "export { toId } from './deep/to-text.js';",
    'github/mappers/deep/to-text.ts': 'export const toId = (id: number) => String(id);',
    'github/tests/list-repos.test.json': '{}',
    'github/tests/list-repos.test.ts': '',
    'github/tests/list-repos-all.test.json': '{}',
    'models.ts': 'export const Issue = 1;',
    'starter/index.ts': '',
    'starter/slack/syncs/users.ts': 'export default {};',
    'README.md': '',
  });
});

function write(files: Record<string, string>) {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(from, file)), { recursive: true });
    writeFileSync(path.join(from, file), text);
  }
}
const named = (name: string) => findTemplate(name, from).map(({ relative }) => relative);

it('finds an integration, a kind of it, one function, or a whole template project', () => {
  expect(listTemplates(from).map(({ integration }) => integration)).toEqual(['github', 'slack']);
  expect(named('github')).toEqual([
    'github/syncs/close',
    'github/syncs/issues',
    'github/actions/close',
    'github/actions/list-repos',
  ]);
  expect(named('github/actions')).toEqual(['github/actions/close', 'github/actions/list-repos']);
  expect(named('github/actions/list-repos')).toEqual(['github/actions/list-repos']);
  expect(named('github/actions/list-repos.ts')).toEqual(['github/actions/list-repos']);
  expect(named('slack')).toEqual(['slack/syncs/users']);
  expect(named('starter')).toEqual(['slack/syncs/users']);
});

it.each(['gitlab', 'github/on-events', 'github/actions/list', '../github', '', 'README.md'])('has no %s', (name) => {
  expect(() => findTemplate(name, from)).toThrow(
    expect.objectContaining({ code: 'template_not_found', hint: 'There are: github, slack.' }),
  );
});

it('takes along what a function imports, and its tests', async () => {
  const [found] = findTemplate('github/actions/list-repos', from);
  expect(await templateFiles(found!)).toEqual([
    'github/actions/list-repos.ts',
    'github/mappers/deep/to-text.ts',
    'github/mappers/to-id.ts',
    'github/tests/list-repos.test.json',
    'github/tests/list-repos.test.ts',
  ]);
  const [issues] = findTemplate('github/syncs/issues', from);
  expect(await templateFiles(issues!)).toEqual(['github/syncs/issues.ts', 'models.ts']);
});

it('gives the code of one function, and asks which when two have the name', () => {
  const find = (name: string, type?: 'sync' | 'action') =>
    findTemplateFunction({ integration: 'github', name, type }, from);
  expect(find('list-repos')).toEqual({ type: 'action', code: action });
  expect(find('close', 'sync')).toMatchObject({ type: 'sync' });
  expect(() => find('close')).toThrow(expect.objectContaining({ code: 'ambiguous_function' }));
  expect(() => find('gone')).toThrow(expect.objectContaining({ code: 'template_not_found' }));
});
