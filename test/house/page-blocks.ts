// The commands of a page of docs/, as they stand there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The one `sh` block of the page that has this text. */
export function shellBlock(page: string, text: string): string {
  const blocks = readFileSync(join(import.meta.dirname, '..', '..', page), 'utf8').matchAll(
    /^```sh\n([\s\S]*?)^```$/gm,
  );
  const found = [...blocks].map(([, block]) => block!).filter((block) => block.includes(text));
  if (found.length !== 1) throw new Error(`${page} has ${found.length} blocks with ${text}.`);
  return found[0]!;
}
