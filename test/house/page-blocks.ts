// The commands of a page, as they stand there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const readPage = (path: string): string => readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8');

/** The `sh` blocks of a page, or of a part of one. */
export const shellBlocks = (markdown: string): string[] =>
  [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);

/** The one that has this text. */
export function shellBlock(page: string, text: string): string {
  const found = shellBlocks(readPage(page)).filter((block) => block.includes(text));
  if (found.length !== 1) throw new Error(`${page} has ${found.length} blocks with ${text}.`);
  return found[0]!;
}
