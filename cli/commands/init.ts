// syncline init: a project to start from.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../errors.ts';
import type { CommandSpec } from './define-command.ts';

export const initCommand: CommandSpec = {
  name: 'init',
  summary: 'start a project: one sync, one action, ready to deploy',
  args: [['[path]', 'where (default: this folder)']],
  options: [['--copy', 'no effect: nothing is installed for you']],
  async run({ dir, terminal }, { args }) {
    const project = path.resolve(dir, args[0] ?? '.');
    if (existsSync(path.join(project, 'index.ts'))) {
      throw new CliError('project_exists', `${project} has an index.ts already.`, {
        hint: 'Add functions with: syncline create',
      });
    }
    const files = writeProject(project);
    for (const file of files) terminal.line(`✔ ${file}`);
    terminal.line();
    terminal.line(`Next: ${args[0] === undefined ? '' : `cd ${args[0]} && `}npm install && npx syncline deploy dev`);
    return { dir: project, files };
  },
};

/** Existing files stay as they are. @returns What was written, relative to the project. */
export function writeProject(project: string): string[] {
  const template = templateFolder();
  const written: string[] = [];
  for (const entry of readdirSync(template, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = path.join(entry.parentPath, entry.name);
    // npm leaves a .gitignore out of a package, so it is kept under another name.
    const relative = path
      .relative(template, source)
      .replaceAll('\\', '/')
      .replace(/(^|\/)gitignore$/, '$1.gitignore');
    if (relative.startsWith('build/')) continue; // what compiling the template in its place has left
    const file = path.join(project, relative);
    if (existsSync(file)) continue;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(
      file,
      relative === 'package.json' ? named(readFileSync(source, 'utf8'), project) : readFileSync(source),
    );
    written.push(relative);
  }
  return written.sort();
}

/** The checkout's demo; packing copies it to the same place beside the package's dist. */
function templateFolder(): string {
  const folder = fileURLToPath(new URL('../../templates/demo', import.meta.url));
  if (!existsSync(folder)) throw new CliError('no_template', 'The template is missing from this installation.');
  return folder;
}

function named(manifest: string, project: string): string {
  const name =
    path
      .basename(project)
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]/g, '-')
      .replace(/^[._-]+/, '') || 'integrations';
  return `${JSON.stringify({ ...JSON.parse(manifest), name }, null, 2)}\n`;
}
