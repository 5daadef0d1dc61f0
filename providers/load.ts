// Loads the catalogue: our entries, an operator's laid over them, families merged in, everything checked once at boot.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { CatalogueError, type CatalogueProblem } from './catalogue-error.ts';
import { inherit, isFamily, layOver } from './inherit.ts';
import { openKeptEntries } from './kept-entries.ts';
import { faultsOf } from './lint.ts';
import { readFolder } from './read-folder.ts';
import { type Entry, entrySchema, type Provider } from './schema.ts';

export interface Catalogue {
  get(name: string): Provider | undefined;
  /** By name; `search` is a part of a name or display name, in any case. */
  list(search?: string): Provider[];
  /** All entries as one JSON object keyed by name. */
  json(): string;
  /** Strong ETag of `json()`, quotes included. */
  etag: string;
}

export interface CatalogueOptions {
  /** A folder of further entries, one YAML file each; they win over ours. */
  overlayDir?: string | undefined;
  /** Origin under which logos are served; without it `logo_url` is a path. */
  publicUrl?: string | undefined;
}

const ourFolder = fileURLToPath(new URL('.', import.meta.url));

/**
 * @throws CatalogueError naming every problem of every file.
 * @example loadCatalogue({ overlayDir: config.providersDir, publicUrl: config.publicUrl }).get('github')
 */
export function loadCatalogue({ overlayDir, publicUrl = '' }: CatalogueOptions = {}): Catalogue {
  const problems: CatalogueProblem[] = [];
  const kept = openKeptEntries(ourFolder);
  const ours = readFolder(ourFolder, problems, kept);
  kept.save();
  const entries = overlayDir ? layOver(ours, readFolder(overlayDir, problems)) : ours;
  const providers = new Map<string, Provider>();
  for (const [name, { file }] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (isFamily(name)) continue; // its faults show in the entries that extend it
    const merged = inherit(name, entries);
    if ('wrong' in merged) problems.push({ file, path: merged.key, message: merged.wrong });
    else {
      const entry = parseEntry(merged.value, file, problems);
      if (entry) providers.set(name, asProvider(name, entry, publicUrl));
    }
  }
  if (problems.length > 0) throw new CatalogueError(problems);
  return createCatalogue(providers);
}

function parseEntry(value: Record<string, unknown>, file: string, problems: CatalogueProblem[]): Entry | undefined {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.flatMap(readableIssues).map((problem) => ({ file, ...problem })));
    return undefined;
  }
  problems.push(...faultsOf(parsed.data).map((fault) => ({ file, ...fault })));
  return parsed.data;
}

function readableIssues(issue: z.core.$ZodIssue): Omit<CatalogueProblem, 'file'>[] {
  const at = (...more: string[]) => [...issue.path.map(String), ...more].join('.');
  if (issue.code === 'unrecognized_keys') {
    const message = 'unknown key; correct its spelling or remove it (providers/README.md lists the keys)';
    return issue.keys.map((key) => ({ path: at(key), message }));
  }
  return [{ path: at(), message: issue.message }];
}

function asProvider(name: string, entry: Entry, publicUrl: string): Provider {
  return freeze({ ...entry, name, logo_url: `${publicUrl.replace(/\/$/, '')}/images/providers/${name}.svg` });
}

/** One object serves every request, so nobody may change it. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}

function createCatalogue(providers: Map<string, Provider>): Catalogue {
  const all = [...providers.values()];
  const json = JSON.stringify(Object.fromEntries(providers));
  return {
    get: (name) => providers.get(name),
    list(search = '') {
      const wanted = search.toLowerCase();
      return all.filter(({ name, display_name }) => `${name}\n${display_name}`.toLowerCase().includes(wanted));
    },
    json: () => json,
    etag: `"${createHash('sha256').update(json).digest('base64url')}"`,
  };
}
