// Reads a folder of entries: one YAML file per provider, the file's name is the provider's.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseDocument } from 'yaml';
import type { CatalogueProblem } from './catalogue-error.ts';
import type { KeptEntries } from './kept-entries.ts';

export interface RawEntry {
  file: string;
  value: Record<string, unknown>;
}

/** A leading underscore marks a family (`inherit.ts`). */
const providerName = /^_?[a-z0-9][a-z0-9._-]{0,98}$/;

/** Problems are added to `problems`, so that one start tells them all. */
export function readFolder(folder: string, problems: CatalogueProblem[], kept?: KeptEntries): Map<string, RawEntry> {
  const entries = new Map<string, RawEntry>();
  for (const fileName of yamlFiles(folder, problems)) {
    const file = join(folder, fileName);
    const name = basename(fileName).replace(/\.ya?ml$/, '');
    if (!providerName.test(name)) {
      const message = 'the file name is the provider name: use lower-case letters, digits, "-", "_" and "."';
      problems.push({ file, path: '', message });
    } else if (entries.has(name)) {
      problems.push({ file, path: '', message: `"${name}" has a second file (.yaml and .yml); delete one` });
    } else {
      const value = parseEntry(file, problems, kept);
      if (value) entries.set(name, { file, value });
    }
  }
  return entries;
}

function yamlFiles(folder: string, problems: CatalogueProblem[]): string[] {
  try {
    return readdirSync(folder)
      .filter((fileName) => /^[^.].*\.ya?ml$/.test(fileName))
      .sort();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    problems.push({ file: folder, path: '', message: `cannot read this folder (${reason}); check SYNCLINE_PROVIDERS` });
    return [];
  }
}

function parseEntry(
  file: string,
  problems: CatalogueProblem[],
  kept?: KeptEntries,
): Record<string, unknown> | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    const known = kept?.get(text);
    if (known) return known;
    const document = parseDocument(text, { schema: 'core', strict: true });
    for (const error of document.errors) problems.push({ file, path: '', message: `no valid YAML: ${error.message}` });
    if (document.errors.length > 0) return undefined;
    // A few nested aliases can stand for gigabytes; 100 uses are more than an entry needs.
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (isMapping(value)) {
      kept?.add(text, value);
      return value;
    }
    problems.push({ file, path: '', message: 'is empty or no mapping; start with `display_name:` and `auth_mode:`' });
  } catch (cause) {
    problems.push({ file, path: '', message: cause instanceof Error ? cause.message : String(cause) });
  }
  return undefined;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
