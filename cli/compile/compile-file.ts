// Compile one function that no index.ts lists.
import path from 'node:path';
import type { Compiled, CompileOptions } from './compile-functions.ts';
import { compileFunctions } from './compile-functions.ts';

export interface CompileFile extends CompileOptions {
  file: string;
  providerConfigKey: string;
  name: string;
  /** What the paths in the bundle's source map are relative to. Default: the folder above `<integration>/<kind>/`. */
  dir?: string;
}

/** @example const { flowConfigs } = await compileFile({ file, providerConfigKey: 'github', name: 'issues', typecheck: false }); */
export async function compileFile({ file, providerConfigKey, name, dir, ...options }: CompileFile): Promise<Compiled> {
  const absolute = path.resolve(file);
  const root = path.resolve(dir ?? path.join(path.dirname(absolute), '..', '..'));
  const relative = path.relative(root, absolute).replaceAll('\\', '/');
  return compileFunctions(
    [{ file: absolute, path: relative, providerConfigKey, name, kind: undefined }],
    root,
    options,
  );
}
