// The function that a name means, compiled: `issues`, `github/issues` or `github/syncs/issues`.
import type { CompiledFunction } from '../compile/compile-functions.ts';
import { compileFunctions } from '../compile/compile-functions.ts';
import { compileProject, isYamlProject } from '../compile/compile-project.ts';
import type { Diagnostic } from '../errors.ts';
import { CliError, exitCodes } from '../errors.ts';
import { type EntryPoint, readEntryPoints } from '../project/read-entry-points.ts';

interface Found {
  function: CompiledFunction;
  warnings: Diagnostic[];
}

interface Wanted {
  dir: string;
  name: string;
  /** Decides between functions of one name. */
  integration?: string | undefined;
}

/** Without the type check: a dry run is for trying things. @throws CliError unknown_function, ambiguous_function, or as a compile */
export async function findFunction({ dir, name, integration }: Wanted): Promise<Found> {
  if (isYamlProject(dir)) {
    const { functions, warnings } = await compileProject({ dir, typecheck: false });
    const entry = pickEntry(
      functions.map((one) => one.entry),
      { name, integration },
    );
    return { function: functions.find((one) => one.entry === entry)!, warnings };
  }
  const entry = pickEntry(readEntryPoints(dir), { name, integration });
  const { functions, warnings } = await compileFunctions([entry], dir, { typecheck: false });
  return { function: functions[0]!, warnings };
}

export function pickEntry(
  entries: readonly EntryPoint[],
  { name, integration }: { name: string; integration?: string | undefined },
): EntryPoint {
  const named = entries.filter((entry) => answersTo(entry, name));
  const inIntegration = named.filter(({ providerConfigKey }) => providerConfigKey === integration);
  // An integration that has no such function in the project is where the only one runs.
  const found = inIntegration.length > 0 ? inIntegration : named;
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    const paths = found.map((entry) => entry.path.replace(/\.ts$/, '')).join(', ');
    throw new CliError('ambiguous_function', `"${name}" is the name of several functions.`, {
      exitCode: exitCodes.dryRun,
      hint: `Say which: ${paths}.`,
    });
  }
  const known = [...new Set(entries.map((entry) => entry.name))].join(', ');
  throw new CliError('unknown_function', `This project has no function "${name}".`, {
    exitCode: exitCodes.dryRun,
    hint: known === '' ? 'index.ts lists no functions yet.' : `There are: ${known}.`,
  });
}

/** Names that tell every function of the project from the others. */
export async function listFunctions(dir: string): Promise<string[]> {
  return (await entriesOf(dir)).map((entry) => entry.path.replace(/\.ts$/, ''));
}

export async function entriesOf(dir: string): Promise<EntryPoint[]> {
  if (!isYamlProject(dir)) return readEntryPoints(dir);
  return (await compileProject({ dir, typecheck: false, checks: false })).functions.map(({ entry }) => entry);
}

export function answersTo(entry: EntryPoint, name: string): boolean {
  const bare = name.replace(/\.(ts|js)$/, '');
  return [entry.name, `${entry.providerConfigKey}/${entry.name}`, entry.path.replace(/\.ts$/, '')].includes(bare);
}
