// Which functions a project has: the import lines of its index.ts, in their order.
import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { compileError } from '../errors.ts';

export type FunctionKind = 'sync' | 'action' | 'onEvent' | 'function';

export interface EntryPoint {
  /** Where the code lies: below the link when the integration's folder is a symlink. Absolute. */
  file: string;
  /** Relative to the project, with forward slashes. */
  path: string;
  /** First segment of the path, so the link's name and not its target's. */
  providerConfigKey: string;
  name: string;
  /** From the folder; the definition itself has the last word. */
  kind: FunctionKind | undefined;
  /** Of a nango.yaml project, whose functions do not say themselves what they are: the declaration. */
  declared?: Record<string, unknown>;
}

const importLine = /^import\s*(['"])(.+?)\1\s*;?/;

const kindOfFolder: Record<string, FunctionKind> = {
  syncs: 'sync',
  actions: 'action',
  'on-events': 'onEvent',
  functions: 'function',
};

/** @throws CliError (exit code 10) that names the line of index.ts. */
export function readEntryPoints(dir: string): EntryPoint[] {
  const index = path.join(dir, 'index.ts');
  let text: string;
  try {
    text = readFileSync(index, 'utf8');
  } catch (cause) {
    const message = `There is no index.ts in ${dir}: it lists the functions, one import a line.`;
    throw Object.assign(compileError('no_index', message), { hint: 'Start a project with: syncline init', cause });
  }

  const entries: EntryPoint[] = [];
  const seen = new Set<string>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const specifier = importLine.exec(line)?.[2];
    if (specifier === undefined) continue;
    const entry = toEntryPoint(dir, specifier, { file: 'index.ts', line: i + 1, column: 1 });
    if (!seen.has(entry.path)) entries.push(entry);
    seen.add(entry.path);
  }
  return entries;
}

interface Place {
  file: string;
  line: number;
  column: number;
}

function toEntryPoint(dir: string, specifier: string, place: Place): EntryPoint {
  const refuse = (code: string, message: string) => compileError(code, message, place);

  if (specifier.includes('\\')) throw refuse('invalid_path', `"${specifier}" has a backslash; write forward slashes.`);
  if (!specifier.startsWith('./')) {
    throw refuse('invalid_path', `"${specifier}" must begin with "./" and lie inside the project.`);
  }
  const segments = specifier.slice(2).split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw refuse('invalid_path', `"${specifier}" leaves the project or has an empty part.`);
  }
  const [providerConfigKey, folder, ...rest] = segments;
  if (providerConfigKey === undefined || folder === undefined) {
    throw refuse('function_in_root', `"${specifier}" lies in the root; put it in <integration id>/syncs or /actions.`);
  }

  const base = segments.join('/').replace(/\.(js|ts)$/, '');
  const relative = `${base}.ts`;
  const file = path.join(dir, relative);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw refuse('file_not_found', `${relative} does not exist.`);
  }
  // The integration's folder may link to a sibling; nothing may link out of the project.
  const real = realpathSync(file);
  const inside = path.relative(realpathSync(dir), real);
  if (inside.startsWith('..') || path.isAbsolute(inside)) {
    throw refuse('invalid_path', `${relative} is a link that leaves the project.`);
  }
  const name = path.posix.basename(base);
  const kind = rest.length > 0 ? kindOfFolder[folder] : undefined;
  return { file, path: relative, providerConfigKey, name, kind };
}
