// Functions of a folder to an integration, compiled as the command line does, by the public API.
import { basename, dirname } from 'node:path';
import { compileFunctions } from '../cli/compile/compile-functions.ts';
import { toPayload } from '../cli/deploy/payload.ts';
import type { Api } from '../test/conformance/api.ts';

export interface FunctionFile {
  file: string;
  kind: 'sync' | 'action';
}

export async function deployFunctions(api: Api, integration: string, files: FunctionFile[]): Promise<void> {
  const dir = dirname(files[0]!.file);
  const entries = files.map(({ file, kind }) => {
    const name = basename(file, '.ts');
    return { file, path: basename(file), providerConfigKey: integration, name, kind };
  });
  const compiled = await compileFunctions(entries, dir, { typecheck: false });
  await api.ok('POST', '/sync/deploy', { body: toPayload(compiled, { integration }, { reconcile: true }) });
}
