// Which unit tests need no server: those whose imports, followed to the end, never come to a file that reaches for one. A list
// would be wrong with the next test.
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { readImports } from '../house/read-imports.ts';
import { sourceFiles } from '../house/source-files.ts';

const root = join(import.meta.dirname, '..', '..');

/** The only ways of a test to Postgres, and to a whole instance. */
const serverFiles = new Set(['core/db/test-server.ts', 'embedded/postgres.ts', 'test/e2e/instance-process.ts']);

/** @returns their paths from the repository's root */
export function bareUnits(folders: string[]): string[] {
  const inFolders = ({ path }: { path: string }) => folders.some((folder) => path.startsWith(`${folder}/`));
  const reach = createReach();
  return sourceFiles()
    .filter((file) => inFolders(file) && file.path.endsWith('.test.ts') && !reach(file.path))
    .map(({ path }) => path);
}

/** Whether a file comes, by what it loads, to one that needs a server. */
function createReach(): (path: string) => boolean {
  const importsOf = new Map<string, string[]>();
  const read = (path: string): string[] => {
    const known = importsOf.get(path);
    if (known) return known;
    const { imports } = readImports({ path, text: readFileSync(join(root, path), 'utf8') });
    const local = imports
      .filter(({ specifier, typeOnly }) => !typeOnly && /^\.{1,2}\/.*\.ts$/.test(specifier))
      .map(({ specifier }) => posix.join(posix.dirname(path), specifier))
      .filter((target) => existsSync(join(root, target)));
    importsOf.set(path, local);
    return local;
  };
  return (from) => {
    const seen = new Set([from]);
    for (const path of seen) {
      if (serverFiles.has(path)) return true;
      for (const target of read(path)) seen.add(target);
    }
    return false;
  };
}
