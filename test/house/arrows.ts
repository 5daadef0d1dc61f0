// Which folder may import which, as data. The arrows of the house point one way: everything calls core, core calls nobody above.
import { posix } from 'node:path';
import { type Reading, readImports } from './read-imports.ts';
import type { SourceFile } from './source-files.ts';

/** Where an import of ours ends: a folder, a folder below, or one file. */
type Place = string;

interface Arrows {
  /** Any import. */
  to: Place[];
  /** `import type` only. */
  typesOf?: Place[];
  /** By package name only: what is published apart is imported as it is published. */
  byName?: Place[];
}

/** A folder's own files are always allowed, packages from the registry too, except where `packages` below says. */
export const arrows: Record<string, Arrows> = {
  workflows: { to: [], typesOf: ['activities'] },
  activities: { to: ['core'] },
  workers: { to: ['activities', 'workflows', 'core'] },
  // Starting and poking workflows needs their names; their types make the calls exact.
  api: { to: ['core', 'workflows/names.ts'], typesOf: ['workflows'] },
  core: { to: ['providers', 'sdk/functions'] },
  providers: { to: [] },
  cli: { to: ['core', 'sdk/functions'], byName: ['sdk/testing'] },
  embedded: { to: ['core/config'] },
  sdk: { to: [] },
  'sdk/testing': { to: [], byName: ['sdk/functions', 'simulator'] },
  simulator: { to: [] },
  connect: { to: [] },
  dashboard: { to: [] },
};

/** Folders that cross the house on purpose. Tests beside their file may too: they drive the real parts. */
const free = new Set(['bench', 'test', 'templates']);

/** Workflow code is replayed: nothing in it may have effects of its own. */
const packages: Record<string, RegExp> = { workflows: /^@temporalio\/(workflow|common)$/ };

/** Packages of this repository, by the name that an import gives them. */
const workspaces: Record<string, Place> = {
  '@syncline/functions': 'sdk/functions',
  '@syncline/node': 'sdk/node',
  '@syncline/frontend': 'sdk/frontend',
  '@syncline/testing': 'sdk/testing',
  '@syncline/simulator': 'simulator',
};

const serverFolders = new Set(['api', 'core', 'activities', 'workers', 'workflows', 'providers', 'embedded']);
const socketModules = /^(node:)?(net|http|https|http2|tls|dgram|dns)(\/promises)?$|^undici(\/|$)/;

/** The exceptions of "only core/egress opens sockets to the outside", each with its reason. */
export const socketReasons: Record<string, string> = {
  'core/runtime/guest/main.ts': 'reads the inherited pipe to its host (fd 3) as a net.Socket; nothing is dialled',
  'embedded/free-port.ts': 'asks the kernel for a free port on 127.0.0.1',
  'embedded/demo.ts': 'calls the API that it started, like anybody else',
  'embedded/temporal.ts': 'asks the Temporal server it started, on 127.0.0.1, whether it serves',
};

/** Sentences, one per import or call that points the wrong way. */
export function wrongArrows(file: SourceFile): string[] {
  const [folder = '', ...below] = file.path.split('/');
  const unit = folder === 'sdk' ? `sdk/${below[0]}` : folder;
  if (/\.(test|chaos)\.ts$/.test(file.path) || free.has(folder) || !file.path.includes('/')) return [];
  const own = arrows[unit] ?? arrows[folder];
  if (own === undefined) return [`${file.path}: the folder ${folder}/ is not one of the house (DESIGN, section 3)`];
  const reading = readImports(file);
  const wrong: string[] = [];

  for (const { specifier, typeOnly } of reading.imports) {
    const place = placeOf(file.path, specifier);
    if (place === undefined) {
      if (packages[folder]?.test(specifier) === false) wrong.push(`${file.path} imports ${specifier}`);
      continue;
    }
    if (isIn(place, unit)) continue;
    const named = specifier.startsWith('.') ? [] : (own.byName ?? []);
    const allowed = [...own.to, ...named, ...((typeOnly && own.typesOf) || [])];
    if (!allowed.some((target) => isIn(place, target))) {
      wrong.push(`${file.path} imports ${typeOnly ? 'types of ' : ''}${place}`);
    }
  }
  if (serverFolders.has(folder) && !isIn(file.path, 'core/egress') && socketReasons[file.path] === undefined) {
    for (const opener of opensSockets(reading))
      wrong.push(`${file.path} uses ${opener}: only core/egress opens sockets`);
  }
  return wrong;
}

/** Modules and globals of a file that can open a socket; a type-only import cannot. */
export const opensSockets = ({ imports, socketGlobals }: Reading): string[] => [
  ...imports.flatMap(({ specifier, typeOnly }) => (!typeOnly && socketModules.test(specifier) ? [specifier] : [])),
  ...socketGlobals,
];

/** Path from the root for what is ours, undefined for a package of the registry or of Node. */
function placeOf(from: string, specifier: string): Place | undefined {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), specifier));
  const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0];
  return workspaces[name ?? ''];
}

const isIn = (place: Place, target: Place): boolean => place === target || place.startsWith(`${target}/`);
