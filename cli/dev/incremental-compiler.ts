// Compiles a project again and again: each time only the functions that a change concerns, with bundles that know what they were.
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { createRebundler, type Rebundler } from '../compile/bundle.ts';
import { assemble, type CompiledFunction, compileFunctions } from '../compile/compile-functions.ts';
import { compileProject, isYamlProject } from '../compile/compile-project.ts';
import { validateTogether } from '../compile/validate-definitions.ts';
import { writeBuild } from '../compile/write-build.ts';
import { CliError, type Diagnostic } from '../errors.ts';
import { type EntryPoint, readEntryPoints } from '../project/read-entry-points.ts';

export interface Round {
  /** What was compiled now, and is good. */
  compiled: CompiledFunction[];
  /** Names of functions that are gone. */
  removed: string[];
  /** Errors and warnings of what was compiled now. */
  diagnostics: Diagnostic[];
  durationMs: number;
}

export interface IncrementalCompiler {
  /** Without files: everything. Nothing is compiled when the files belong to no function. */
  compile(changed?: ReadonlySet<string>): Promise<Round>;
  dispose(): Promise<void>;
}

interface Known {
  entry: EntryPoint;
  /** What its bundle was made of; real paths. */
  inputs: ReadonlySet<string>;
  /** Undefined while it does not compile. */
  good: CompiledFunction | undefined;
}

/** Tests are compiled by who runs them. */
const source = /(?<!\.test)\.[cm]?tsx?$/;

export function createIncrementalCompiler(dir: string): IncrementalCompiler {
  const known = new Map<string, Known>();
  const rebundlers = new Map<string, Promise<Rebundler>>();
  const index = path.join(realpathSync(dir), 'index.ts');

  async function bundle({ file }: { file: string }) {
    const rebundler = rebundlers.get(file) ?? createRebundler({ file, dir });
    rebundlers.set(file, rebundler);
    const made = await (await rebundler).rebuild();
    const one = [...known.values()].find(({ entry }) => entry.file === file);
    if (one) one.inputs = new Set(made.inputs);
    return made;
  }

  /** A source that is in no bundle may be one of types only, of any function: then all of them are concerned. */
  function withTypes(files: string[], entries: readonly EntryPoint[]): string[] {
    const bundled = new Set([...known.values()].flatMap(({ inputs }) => [...inputs]));
    const others = new Set([index, ...entries.map(({ file }) => realFile(file))]);
    const typesOnly = files.some((file) => source.test(file) && !bundled.has(file) && !others.has(file));
    return typesOnly ? [...files, ...bundled] : files;
  }

  async function forget({ entry }: Known): Promise<void> {
    known.delete(entry.path);
    const rebundler = rebundlers.get(entry.file);
    rebundlers.delete(entry.file);
    await (await rebundler)?.dispose();
  }

  /** Those that fail take nobody else with them. */
  async function compileStale(stale: readonly Known[]): Promise<{ compiled: CompiledFunction[]; found: Diagnostic[] }> {
    const entries = stale.map(({ entry }) => entry);
    try {
      const { functions, warnings } = await compileFunctions(entries, dir, { bundle });
      return { compiled: functions, found: warnings };
    } catch (error) {
      const found = diagnosticsOf(error);
      const blamed = stale.filter((one) => found.some((diagnostic) => concerns(diagnostic, one, dir)));
      const rest = entries.filter((entry) => !blamed.some((one) => one.entry === entry));
      if (blamed.length === 0 || rest.length === 0) return { compiled: [], found };
      const options = { bundle, typecheck: false, checks: false };
      const { functions } = await compileFunctions(rest, dir, options).catch(() => ({ functions: [] }));
      return { compiled: functions, found };
    }
  }

  async function compileListed(changed: ReadonlySet<string> | undefined): Promise<Omit<Round, 'durationMs'>> {
    const entries = readEntryPoints(dir);
    const paths = new Set(entries.map((entry) => entry.path));
    const gone = [...known.values()].filter(({ entry }) => !paths.has(entry.path));
    for (const one of gone) await forget(one);
    const files = changed && withTypes([...changed].map(realFile), entries);
    const stale = entries.flatMap((entry) => {
      const one = known.get(entry.path);
      if (one?.good && files && !files.some((file) => one.inputs.has(file))) return [];
      const next = { entry, inputs: one?.inputs ?? new Set<string>(), good: undefined };
      known.set(entry.path, next);
      return [next];
    });
    const { compiled, found } = await compileStale(stale);
    for (const one of compiled) known.get(one.entry.path)!.good = one;
    const all = [...known.values()].flatMap(({ good }) => good ?? []);
    writeBuild({ functions: all, warnings: [], ...assemble(all) }, dir);
    const removed = gone.map(({ entry }) => `${entry.providerConfigKey}/${entry.name}`);
    const together = stale.length > 0 || removed.length > 0 ? validateTogether(all.map(toDeclared)) : [];
    return { compiled, removed, diagnostics: [...found, ...together.filter((one) => !isKnown(one, found))] };
  }

  async function compileYaml(): Promise<Omit<Round, 'durationMs'>> {
    const compiled = await compileProject({ dir });
    writeBuild(compiled, dir);
    return { compiled: compiled.functions, removed: [], diagnostics: compiled.warnings };
  }

  return {
    async compile(changed) {
      const startedAt = performance.now();
      const round = await (isYamlProject(dir) ? compileYaml() : compileListed(changed)).catch((error) => ({
        compiled: [],
        removed: [],
        diagnostics: diagnosticsOf(error),
      }));
      return { ...round, durationMs: performance.now() - startedAt };
    },
    async dispose() {
      await Promise.allSettled([...known.values()].map(forget));
    },
  };
}

/** Of its own file, or of a module in it. */
function concerns({ file }: Diagnostic, { entry, inputs }: Known, dir: string): boolean {
  if (file === undefined || file === entry.path) return true;
  return inputs.size === 0 ? false : inputs.has(realFile(path.join(dir, file)));
}

const realFile = (file: string): string => (existsSync(file) ? realpathSync(file) : file);

const toDeclared = ({ entry: { path: file, providerConfigKey, name }, definition }: CompiledFunction) => ({
  file,
  providerConfigKey,
  name,
  definition,
});

const isKnown = (one: Diagnostic, found: readonly Diagnostic[]) =>
  found.some(({ code, file, message }) => code === one.code && file === one.file && message === one.message);

function diagnosticsOf(error: unknown): Diagnostic[] {
  if (!(error instanceof CliError)) throw error;
  const { code, message, diagnostics } = error;
  return diagnostics.length > 0 ? diagnostics : [{ severity: 'error', code, message }];
}
