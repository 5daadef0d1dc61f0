// Where ready-made functions lie: `<templates>/<integration>/…`, or in a template project, `<templates>/<project>/<integration>/…`.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../errors.ts';

export const kindFolders = ['syncs', 'actions', 'on-events', 'functions'] as const;

/** An integration's folder among the templates. */
export interface TemplateFolder {
  /** What the files' paths are relative to: a template project, or the folder of all templates. */
  root: string;
  integration: string;
}

/** A function of one, as a path relative to its root, without extension. */
export interface TemplateFunction extends TemplateFolder {
  relative: string;
}

/** The checkout's templates; packing copies them to the same place in the package's dist. */
export const ownTemplates = fileURLToPath(new URL('../../templates', import.meta.url));

export function listTemplates(from = ownTemplates): TemplateFolder[] {
  const roots = [from, ...foldersOf(from).map((name) => path.join(from, name))];
  return roots.flatMap((root) =>
    foldersOf(root)
      .filter((integration) => kindFolders.some((kind) => isFolder(path.join(root, integration, kind))))
      .map((integration) => ({ root, integration })),
  );
}

export function functionsOf({ root, integration }: TemplateFolder): TemplateFunction[] {
  return kindFolders.flatMap((kind) => {
    const folder = path.join(root, integration, kind);
    const names = isFolder(folder) ? readdirSync(folder).sort() : [];
    return names
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts'))
      .map((name) => ({ root, integration, relative: `${integration}/${kind}/${name.slice(0, -3)}` }));
  });
}

/**
 * @param name `github`, `github/actions`, `github/actions/list-repos`, or the name of a template project
 * @throws CliError `template_not_found`
 */
export function findTemplate(name: string, from = ownTemplates): TemplateFunction[] {
  const [first = '', kind, ...rest] = name.split('/').filter((part) => part !== '');
  const all = listTemplates(from);
  const folders = all.filter(({ integration }) => integration === first).slice(0, 1);
  const chosen =
    folders.length > 0 ? folders : all.filter(({ root }) => root !== from && path.relative(from, root) === first);
  const wanted = kind === undefined ? undefined : [first, kind, ...rest].join('/').replace(/\.(ts|js)$/, '');
  const found = chosen
    .flatMap(functionsOf)
    .filter(({ relative }) => wanted === undefined || relative === wanted || relative.startsWith(`${wanted}/`));
  if (found.length > 0) return found;
  const known = [...new Set(all.map(({ integration }) => integration))].sort().join(', ');
  throw new CliError('template_not_found', `There is no template "${name}".`, {
    hint: known === '' ? 'This installation has no templates.' : `There are: ${known}.`,
  });
}

type Kind = 'sync' | 'action' | 'on-event';

/** @throws CliError `template_not_found`, `ambiguous_function` */
export function findTemplateFunction(
  { integration, name, type }: { integration: string; name: string; type: Kind | undefined },
  from = ownTemplates,
): { type: Kind; code: string } {
  const kinds: readonly Kind[] = type === undefined ? ['sync', 'action', 'on-event'] : [type];
  const named = kinds.flatMap((kind) => {
    const wanted = `${integration}/${kind}s/${name}`;
    return findTemplate(integration, from)
      .filter(({ relative }) => relative === wanted)
      .map((found) => ({ kind, found }));
  });
  const [only] = named;
  if (only === undefined) {
    throw new CliError(
      'template_not_found',
      `The templates of ${integration} have no ${type ?? 'function'} "${name}".`,
    );
  }
  if (named.length > 1) {
    throw new CliError('ambiguous_function', `There are several functions "${name}".`, {
      hint: 'Give one of --sync, --action, --on-event.',
    });
  }
  return { type: only.kind, code: readFileSync(path.join(only.found.root, `${only.found.relative}.ts`), 'utf8') };
}

function foldersOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && name !== 'node_modules' && isFolder(path.join(folder, name)))
    .sort();
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}
