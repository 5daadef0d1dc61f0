// A list of functions → what a deploy sends. All problems of all functions come out together, not one a try.
import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../errors.ts';
import { CliError, exitCodes } from '../errors.ts';
import type { EntryPoint } from '../project/read-entry-points.ts';
import type { Bundle } from './bundle.ts';
import { bundle } from './bundle.ts';
import { checkSources } from './checks.ts';
import type { FlowConfig, OnEventScripts } from './flow-config.ts';
import { toFlowConfig } from './flow-config.ts';
import type { Definition } from './read-definition.ts';
import { readDefinitions } from './read-definition.ts';
import { typecheck } from './typecheck.ts';
import { validateDefinition, validateTogether } from './validate-definitions.ts';

export interface CompileOptions {
  /** The slow part: seconds for a large project. Default true. */
  typecheck?: boolean;
  /** Finds the errors of types, for a project whose types are not those of code-first. */
  checkTypes?: () => Promise<Diagnostic[]>;
  /** The checks of the source's form. Default true. */
  checks?: boolean;
  /** Makes the bundles; for who keeps something between one compile and the next. */
  bundle?: (source: { file: string; dir: string }) => Promise<Bundle>;
}

export interface CompiledFunction {
  entry: EntryPoint;
  definition: Definition;
  js: string;
}

export interface Compiled {
  flowConfigs: FlowConfig[];
  onEventScriptsByProvider: OnEventScripts[];
  functions: CompiledFunction[];
  warnings: Diagnostic[];
  /** The text of nango.yaml, of a project that has one. */
  nangoYaml?: string;
}

/** @throws CliError (exit code 10) whose diagnostics are every error found. */
export async function compileFunctions(
  entries: EntryPoint[],
  dir: string,
  options: CompileOptions = {},
): Promise<Compiled> {
  const found: Diagnostic[] = [];
  const { checkTypes = () => typecheck({ files: entries.map(({ file }) => file), dir }) } = options;
  if (options.typecheck !== false) found.push(...(await checkTypes()));
  if (options.checks !== false) found.push(...checkSources({ files: entries, dir }));

  const bundled: { entry: EntryPoint; bundle: Bundle }[] = [];
  for (const entry of entries) {
    try {
      bundled.push({ entry, bundle: await (options.bundle ?? bundle)({ file: entry.file, dir }) });
    } catch (error) {
      found.push(...diagnosticsOf(error));
    }
  }

  const functions: CompiledFunction[] = [];
  const requests = bundled.map(({ entry, bundle: { js } }) => ({
    js,
    file: entry.path,
    providerConfigKey: entry.providerConfigKey,
    name: entry.name,
    declared: entry.declared,
  }));
  for (const [i, definition] of (await readDefinitions(requests)).entries()) {
    const { entry, bundle: made } = bundled[i] ?? {};
    if (definition instanceof CliError) found.push(...definition.diagnostics);
    else if (entry !== undefined && made !== undefined) functions.push({ entry, definition, js: made.js });
  }
  // What nango.yaml declares was checked when that was read.
  const codeFirst = functions.filter(({ entry }) => entry.declared === undefined);
  const declared = codeFirst.map(({ entry, definition }) => ({
    file: entry.path,
    providerConfigKey: entry.providerConfigKey,
    name: entry.name,
    definition,
  }));
  found.push(...declared.flatMap(validateDefinition), ...validateTogether(declared));

  const errors = found.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const files = new Set(errors.map(({ file }) => file)).size;
    const message = `${count(errors.length, 'problem')} in ${count(files, 'file')}.`;
    throw new CliError('compile_failed', message, { exitCode: exitCodes.compile, diagnostics: found });
  }
  return { ...assemble(functions), functions, warnings: found };
}

export function assemble(functions: CompiledFunction[]): Pick<Compiled, 'flowConfigs' | 'onEventScriptsByProvider'> {
  const flowConfigs: FlowConfig[] = [];
  const onEvents = new Map<string, OnEventScripts>();
  for (const { entry, definition, js } of functions) {
    const { providerConfigKey, name } = entry;
    const fileBody = { js, ts: readFileSync(entry.file, 'utf8') };
    if (definition.type === 'onEvent') {
      const scripts = onEvents.get(providerConfigKey) ?? { providerConfigKey, scripts: [] };
      scripts.scripts.push({ name, event: definition.event, fileBody });
      onEvents.set(providerConfigKey, scripts);
    } else if (definition.type !== 'function') {
      flowConfigs.push(toFlowConfig(definition, { providerConfigKey, name, fileBody }));
    }
  }
  return { flowConfigs, onEventScriptsByProvider: [...onEvents.values()] };
}

function diagnosticsOf(error: unknown): Diagnostic[] {
  if (error instanceof CliError && error.diagnostics.length > 0) return error.diagnostics;
  throw error;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
