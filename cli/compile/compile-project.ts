// Compile what a project's index.ts lists.
import { readEntryPoints } from '../project/read-entry-points.ts';
import type { Compiled, CompileOptions } from './compile-functions.ts';
import { compileFunctions } from './compile-functions.ts';

/** @example const { flowConfigs, onEventScriptsByProvider } = await compileProject({ dir: 'my-project' }); */
export async function compileProject({ dir, ...options }: { dir: string } & CompileOptions): Promise<Compiled> {
  return compileFunctions(readEntryPoints(dir), dir, options);
}
