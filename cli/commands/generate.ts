// syncline generate: types of what is deployed, for @syncline/node.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compileProject } from '../compile/compile-project.ts';
import { CliError } from '../errors.ts';
import { renderClientTypes } from '../generate/client-types.ts';
import { compiledFunctions, fetchFunctions } from '../generate/deployed-functions.ts';
import type { CommandSpec } from './define-command.ts';

export const generateCommand: CommandSpec = {
  name: 'generate',
  summary: 'write the types of the deployed models and actions, for @syncline/node',
  args: [['[environment]', 'whose functions (default: dev)']],
  options: [
    ['-o, --out <file>', 'where to (default: syncline.gen.ts)'],
    ['--from-project', 'the functions of this project, deployed or not'],
    ['--check', 'write nothing; fail if the file is out of date'],
  ],
  async run(context, { args, options }) {
    const { dir, terminal } = context;
    const functions =
      options['fromProject'] === true
        ? compiledFunctions(await compileProject({ dir, typecheck: false }))
        : await fetchFunctions(context.api(args[0]));
    const out = typeof options['out'] === 'string' ? options['out'] : 'syncline.gen.ts';
    const file = path.resolve(dir, out);
    const text = renderClientTypes(functions);
    const current = existsSync(file) && readFileSync(file, 'utf8') === text;
    if (options['check'] === true && !current) {
      throw new CliError('out_of_date', `${out} is not what the functions say now.`, {
        hint: 'Run: syncline generate',
      });
    }
    if (!current) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const count = (type: 'sync' | 'action') => functions.filter((one) => one.type === type).length;
    const what = `${count('sync')} syncs and ${count('action')} actions`;
    terminal.line(current ? `✔ ${out} is up to date: ${what}` : `✔ ${out}: ${what}`);
    return { file, syncs: count('sync'), actions: count('action'), changed: !current };
  },
};
