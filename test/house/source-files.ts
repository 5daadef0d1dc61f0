// The files that the house rules are about: every TypeScript file of the repository that a person wrote.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export interface SourceFile {
  /** From the repository's root, with slashes. */
  path: string;
  text: string;
}

const skipped = new Set(['node_modules', 'dist', 'build', 'coverage', '.git', '.syncline', '.nango']);

/** Fixtures and recorded histories are data, migrations are generated: neither is here. */
export function sourceFiles(): SourceFile[] {
  return [...walk('')].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!skipped.has(entry.name) && !/^fixtures$|^histories$/.test(entry.name)) yield* walk(path);
    } else if (entry.isFile() && /\.(ts|tsx|mts)$/.test(entry.name) && !entry.name.endsWith('.d.ts')) {
      yield path;
    }
  }
}
