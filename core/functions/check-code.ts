// Refuses code that does not parse, at the deploy and not at the first run. Nothing is executed.
import { compileFunction } from 'node:vm';
import { SynclineError } from '../errors.ts';
import type { DesiredFunction } from './desired-function.ts';

/** What a CommonJS module finds. */
const moduleScope = ['exports', 'require', 'module', '__filename', '__dirname'];

/** @throws SynclineError `compilation_error` naming function and line */
export function checkCode({ providerConfigKey, type, name, js }: DesiredFunction): void {
  const filename = `${providerConfigKey}/${type}/${name}.js`;
  try {
    compileFunction(js, moduleScope, { filename });
  } catch (cause) {
    const { message, stack = '' } = cause as Error;
    const [where = ''] = stack.split('\n', 1); // `<filename>:<line>`
    const line = where.startsWith(filename) ? /:(\d+)$/.exec(where)?.[1] : undefined;
    throw new SynclineError(
      'compilation_error',
      `The ${type} '${name}' of '${providerConfigKey}' does not parse: ${message}${line ? ` (line ${line} of the bundle)` : ''}.`,
      {
        status: 400,
        hint: 'Compile it again and deploy what the compiler wrote.',
        payload: { function: name, provider_config_key: providerConfigKey, ...(line && { line: Number(line) }) },
      },
    );
  }
}
