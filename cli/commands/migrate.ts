// syncline migrate: a project of nango.yaml becomes a project of code.
import { compileProject } from '../compile/compile-project.ts';
import { CliError } from '../errors.ts';
import { migrateProject } from '../migrate/migrate-project.ts';
import type { CommandSpec } from './define-command.ts';

export const migrateCommand: CommandSpec = {
  name: 'migrate',
  // As the peer calls it.
  alias: 'migrate-to-zero-yaml',
  summary: 'turn a nango.yaml project into code: functions, models.ts, index.ts',
  options: [['--no-typecheck', 'skip the type check at the end']],
  async run({ dir, terminal }, { options }) {
    const migration = migrateProject(dir);
    for (const file of migration.written) terminal.line(`✔ ${file}`);
    for (const file of migration.removed) terminal.line(`- ${file}`);
    terminal.warn(migration.remarks);
    try {
      const { functions } = await compileProject({ dir, typecheck: options['typecheck'] !== false });
      terminal.line(`✔ ${functions.length} functions compile`);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      throw new CliError(error.code, 'Everything was moved; what is left is for you to change.', {
        exitCode: error.exitCode,
        diagnostics: error.diagnostics,
        hint: 'Then: syncline compile',
      });
    }
    return migration;
  },
};
