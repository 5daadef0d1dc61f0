// A project of nango.yaml as it is: the file declares, the scripts' default exports are the functions.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Diagnostic } from '../errors.ts';
import { CliError, exitCodes } from '../errors.ts';
import { findScripts, type YamlScript } from '../nango-yaml/find-scripts.ts';
import type { NangoYaml } from '../nango-yaml/parse.ts';
import { parseNangoYaml } from '../nango-yaml/parse.ts';
import { toDefinitions } from '../nango-yaml/to-json-schema.ts';
import type { EntryPoint } from '../project/read-entry-points.ts';
import type { Compiled, CompileOptions } from './compile-functions.ts';
import { compileFunctions } from './compile-functions.ts';
import { typecheckScripts } from './typecheck-scripts.ts';

/** @throws CliError (exit code 10) */
export async function compileYamlProject(dir: string, options: CompileOptions = {}): Promise<Compiled> {
  const nangoYaml = readFileSync(path.join(dir, 'nango.yaml'), 'utf8');
  const yaml = parseNangoYaml(nangoYaml);
  const { scripts, missing } = findScripts(yaml, dir);
  const found: Diagnostic[] = [...yaml.diagnostics, ...missing];
  if (found.some(({ severity }) => severity === 'error')) {
    throw new CliError('invalid_nango_yaml', 'nango.yaml does not fit.', {
      exitCode: exitCodes.compile,
      diagnostics: found,
    });
  }
  const entries = scripts.map((script) => toEntry(script, yaml));
  const paths = entries.map((entry) => entry.path);
  const checkTypes = () => typecheckScripts({ paths, dir, models: yaml.models });
  const compiled = await compileFunctions(entries, dir, { ...options, checkTypes });
  return { ...compiled, warnings: [...found, ...compiled.warnings], nangoYaml };
}

function toEntry({ integration, file, path: relative, declared }: YamlScript, { models }: NangoYaml): EntryPoint {
  const { name } = declared;
  const identity = { file, path: relative, providerConfigKey: integration, name };
  if (declared.type === 'onEvent') {
    const { event } = declared;
    return {
      ...identity,
      kind: 'onEvent',
      declared: { type: 'onEvent', event, checkpoint: false, definitions: {} },
    };
  }
  const { type, description, version, scopes, input, endpoints } = declared;
  const outputs = declared.type === 'sync' ? declared.output : [declared.output ?? []].flat();
  const shared = {
    type,
    ...(description !== undefined && { description }),
    ...(version !== undefined && { version }),
    ...(scopes.length > 0 && { scopes }),
    ...(input !== undefined && { input }),
    checkpoint: false,
    definitions: toDefinitions([...outputs, ...(input === undefined ? [] : [input])], models),
  };
  if (declared.type === 'action') {
    const { output } = declared;
    const own = { ...(output !== undefined && { output }), ...(endpoints[0] && { endpoint: endpoints[0] }) };
    return { ...identity, kind: 'action', declared: { ...shared, ...own } };
  }
  const { runs, trackDeletes, autoStart, syncType, webhookSubscriptions } = declared;
  const own = {
    models: declared.output,
    frequency: runs,
    trackDeletes,
    autoStart,
    syncType,
    endpoints,
    ...(webhookSubscriptions && { webhookSubscriptions }),
  };
  return { ...identity, kind: 'sync', declared: { ...shared, ...own } };
}
