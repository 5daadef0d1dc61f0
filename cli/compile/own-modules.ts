// Where the CLI's own copies of `nango` and `zod` lie: what functions are checked against, whatever a project has installed.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** Names under which a function may import the declarations. */
export const declarationModules = ['nango', 'syncline', '@syncline/functions'] as const;

/** Resolved by the runtime at run time, so never part of a bundle. `zod` covers `zod/v4` too. */
export const runtimeModules = [...declarationModules, 'zod'];

/** Folder of an installed package; works for packages that do not export their package.json. */
export function packageFolder(name: string): string {
  for (const base of require.resolve.paths(name) ?? []) {
    const folder = path.join(base, name);
    try {
      require.resolve(path.join(folder, 'package.json'));
      return folder;
    } catch {
      // not in this node_modules; the next one up
    }
  }
  throw new Error(`The package ${name} is not installed beside the CLI.`);
}

/** Types of the declarations: a source file in the checkout, a .d.ts when published. */
export function declarationTypes(): string {
  const file = fileURLToPath(import.meta.resolve('@syncline/functions'));
  return file.endsWith('.ts') ? file : file.replace(/\.js$/, '.d.ts');
}
