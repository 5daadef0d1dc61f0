// What belongs to a function of a template: its file, the local modules it imports, its tests.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { bundle } from '../compile/bundle.ts';
import type { TemplateFunction } from './find-template.ts';

/** Paths relative to the template's root, with forward slashes; the function's own first. */
export async function templateFiles({ root, integration, relative }: TemplateFunction): Promise<string[]> {
  const own = `${relative}.ts`;
  const { inputs } = await bundle({ file: path.join(root, own), dir: root });
  const modules = inputs
    .map((input) => path.relative(root, input).replaceAll(path.sep, '/'))
    .filter((file) => !file.startsWith('..') && !file.includes('node_modules/'));
  return [...new Set([own, ...modules, ...testsOf(root, integration, path.posix.basename(relative))])];
}

/** `tests/<name>.test.ts`, `.test.json`, … */
function testsOf(root: string, integration: string, name: string): string[] {
  const folder = path.join(root, integration, 'tests');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.`))
    .sort()
    .map((file) => `${integration}/tests/${file}`);
}
