// The parts of the README that are more than words: commands that a test runs, and the table that follows from core/config.
import type { Variable } from '../../core/config/variables.ts';
import { readPage, shellBlocks } from './page-blocks.ts';

export const readme = readPage('README.md');

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
export function readmePart(name: string): string {
  const [, part] = readme.split(new RegExp(`<!-- /?${name} -->\\n`));
  if (part === undefined) throw new Error(`README.md has no <!-- ${name} -->.`);
  return part;
}

/** The `sh` blocks of a part, joined: one script, since later commands use the variables of earlier ones. */
export function shellScript(part: string): string {
  return shellBlocks(readmePart(part)).join('\n');
}

export function renderVariables(variables: readonly Variable[]): string {
  const rows = variables
    .filter((entry) => !entry.internal)
    .map((entry) => [`\`${entry.name}\``, entry.default, entry.doc].map((cell) => cell.replaceAll('|', '\\|')));
  const all = [['variable', 'default', 'what'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const [head, ...body] = all.map(line);
  return `\n${[head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n')}\n\n`;
}
