// syncline clone: ready-made functions, with what they import and their tests, into this project.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findTemplate } from '../clone/find-template.ts';
import { templateFiles } from '../clone/template-files.ts';
import { CliError } from '../errors.ts';
import { listFunction } from '../project/list-function.ts';
import type { CommandSpec } from './define-command.ts';

export const cloneCommand: CommandSpec = {
  name: 'clone',
  summary: 'copy ready-made functions into this project',
  args: [['<template>', 'github, github/actions or github/actions/list-repos']],
  options: [
    ['-f, --force', 'write over files that exist'],
    ['--from <folder>', 'a folder of templates of your own'],
  ],
  async run({ dir, terminal }, { args: [template = ''], options }) {
    const from = typeof options['from'] === 'string' ? path.resolve(dir, options['from']) : undefined;
    const functions = findTemplate(template, from);
    const files = new Map<string, Buffer>();
    for (const wanted of functions) {
      for (const file of await templateFiles(wanted)) files.set(file, readFileSync(path.join(wanted.root, file)));
    }

    const changed = [...files]
      .filter(([file, content]) => differs(path.join(dir, file), content))
      .map(([file]) => file);
    if (changed.length > 0 && options['force'] !== true) {
      throw new CliError('file_exists', `These exist already and are different: ${changed.join(', ')}.`, {
        hint: 'Write over them with: --force',
      });
    }
    for (const [file, content] of files) {
      const to = path.join(dir, file);
      mkdirSync(path.dirname(to), { recursive: true });
      writeFileSync(to, content);
      terminal.line(`✔ ${file}`);
    }
    const listed = functions.filter(({ relative }) => listFunction(dir, relative));
    if (listed.length > 0) terminal.line(`✔ index.ts lists ${listed.length} more`);
    if (lacksTestTools(dir, [...files.keys()]))
      terminal.line('Its tests need: npm install -D vitest @syncline/testing');
    return { functions: functions.map(({ relative }) => relative), files: [...files.keys()] };
  },
};

/** Templates bring their tests; a project that never had one does not know what runs them. */
function lacksTestTools(dir: string, files: string[]): boolean {
  if (!files.some((file) => file.endsWith('.test.ts'))) return false;
  const manifest = path.join(dir, 'package.json');
  return !existsSync(manifest) || !readFileSync(manifest, 'utf8').includes('@syncline/testing');
}

function differs(file: string, content: Buffer): boolean {
  return existsSync(file) && !readFileSync(file).equals(content);
}
