// syncline generate:tests: a test for each function that has a recorded fixture.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compileProject } from '../compile/compile-project.ts';
import { renderActionTest, renderSyncTest } from '../generate/render-test.ts';
import type { CommandSpec } from './define-command.ts';

export const generateTestsCommand: CommandSpec = {
  name: 'generate:tests',
  summary: 'write a test for each function with a recorded fixture (tests/<name>.test.json)',
  options: [
    ['-i, --integration <id>', 'of this integration only'],
    ['-s, --sync <name>', 'for this sync only'],
    ['-a, --action <name>', 'for this action only'],
  ],
  async run({ dir, terminal }, { options }) {
    const { integration, sync, action } = options;
    const single = sync ?? action;
    const { functions } = await compileProject({ dir, typecheck: false });
    const written: string[] = [];
    const unrecorded: string[] = [];
    for (const { entry, definition } of functions) {
      const { providerConfigKey, name } = entry;
      if (integration !== undefined && providerConfigKey !== integration) continue;
      if (definition.type !== 'sync' && definition.type !== 'action') continue;
      if (single !== undefined && (single !== name || definition.type !== (sync === undefined ? 'action' : 'sync')))
        continue;
      const folder = `${providerConfigKey}/tests`;
      if (!existsSync(path.join(dir, folder, `${name}.test.json`))) {
        unrecorded.push(`${providerConfigKey}/${name}`);
        continue;
      }
      const file = `${folder}/${name}.test.ts`;
      if (existsSync(path.join(dir, file))) continue; // it is the author's by now
      const module = path.posix.relative(folder, entry.path.replace(/\.ts$/, '.js'));
      const tested = { integration: providerConfigKey, name, module };
      const text =
        definition.type === 'sync'
          ? renderSyncTest({ ...tested, models: definition.models })
          : renderActionTest(tested);
      mkdirSync(path.join(dir, folder), { recursive: true });
      writeFileSync(path.join(dir, file), text);
      written.push(file);
    }
    for (const file of written) terminal.line(`✔ ${file}`);
    if (written.length === 0) terminal.line('Nothing new to write.');
    if (unrecorded.length > 0) terminal.line(`Not recorded yet (syncline dryrun … --save): ${unrecorded.join(', ')}`);
    return { written, unrecorded };
  },
};
