// Compile what a project's index.ts lists, or what its nango.yaml declares.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readEntryPoints } from '../project/read-entry-points.ts';
import type { Compiled, CompileOptions } from './compile-functions.ts';
import { compileFunctions } from './compile-functions.ts';

/** @example const { flowConfigs, onEventScriptsByProvider } = await compileProject({ dir: 'my-project' }); */
export async function compileProject({ dir, ...options }: { dir: string } & CompileOptions): Promise<Compiled> {
  if (isYamlProject(dir)) return (await import('./compile-yaml-project.ts')).compileYamlProject(dir, options);
  return compileFunctions(readEntryPoints(dir), dir, options);
}

/** A project that has both has moved on to index.ts. */
export function isYamlProject(dir: string): boolean {
  return existsSync(path.join(dir, 'nango.yaml')) && !existsSync(path.join(dir, 'index.ts'));
}
