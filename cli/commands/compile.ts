// syncline compile: check and bundle the project, without deploying.
import { compileProject } from '../compile/compile-project.ts';
import { writeBuild } from '../compile/write-build.ts';
import type { CommandSpec } from './define-command.ts';

export const compileCommand: CommandSpec = {
  name: 'compile',
  summary: 'check and bundle the functions of this project',
  options: [['--no-typecheck', 'skip the type check, the slow part']],
  async run({ dir, terminal }, { options }) {
    const compiled = await compileProject({ dir, typecheck: options['typecheck'] !== false });
    const written = writeBuild(compiled, dir);
    terminal.warn(compiled.warnings);
    for (const { entry, definition } of compiled.functions) {
      terminal.line(`✔ ${definition.type} ${entry.providerConfigKey}/${entry.name}`);
    }
    terminal.line(
      written.length === 0 ? 'index.ts lists no functions yet.' : `Wrote ${written.length} bundles to build/.`,
    );
    return {
      functions: compiled.functions.map(({ entry, definition }) => ({
        type: definition.type,
        integration: entry.providerConfigKey,
        name: entry.name,
        file: entry.path,
      })),
      warnings: compiled.warnings,
    };
  },
};
