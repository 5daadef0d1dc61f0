// The command line: which commands there are, and what is said to a wrong one.
import { Command } from 'commander';
import {
  keysCreateCommand,
  keysListCommand,
  keysRevokeCommand,
  keysRotateSigningCommand,
} from './commands/api-keys.ts';
import { cloneCommand } from './commands/clone.ts';
import { compileCommand } from './commands/compile.ts';
import { connectionsListCommand } from './commands/connections.ts';
import { connectionsExportCommand } from './commands/connections-export.ts';
import { connectionsImportCommand } from './commands/connections-import.ts';
import { createCommand } from './commands/create.ts';
import type { CommandSpec, Host } from './commands/define-command.ts';
import { addCommand, addCommonOptions } from './commands/define-command.ts';
import { deployCommand } from './commands/deploy.ts';
import { devCommand } from './commands/dev.ts';
import { dryrunCommand } from './commands/dryrun.ts';
import {
  functionsDisableCommand,
  functionsEnableCommand,
  functionsListCommand,
  functionsVersionsCommand,
} from './commands/functions.ts';
import { generateCommand } from './commands/generate.ts';
import { generateDocsCommand } from './commands/generate-docs.ts';
import { generateTestsCommand } from './commands/generate-tests.ts';
import { initCommand } from './commands/init.ts';
import { keysCheckCommand, keysRotateCommand } from './commands/keys.ts';
import { logsCommand } from './commands/logs.ts';
import { migrateCommand } from './commands/migrate.ts';
import { providersListCommand, providersShowCommand, providersTestCommand } from './commands/providers.ts';
import { pullCommand } from './commands/pull.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { syncsStatusCommand, syncsTriggerCommand } from './commands/syncs.ts';
import { testCommand } from './commands/test.ts';
import { CliError } from './errors.ts';
import { version } from './version.ts';

export function createProgram(host: Host): Command {
  const program = new Command('syncline')
    .description('Write, check and deploy integration functions.')
    .version(version, '-v, --version', 'print the version')
    // Subcommands have a --version of their own.
    .enablePositionalOptions()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false });
  addCommonOptions(program);

  const commands = [initCommand, createCommand, cloneCommand, pullCommand, migrateCommand, compileCommand];
  const trying = [devCommand, dryrunCommand, testCommand];
  const later = [deployCommand, rollbackCommand, generateCommand, generateDocsCommand, generateTestsCommand];
  for (const spec of [...commands, ...trying, ...later]) addCommand(program, spec, host);
  const group = (name: string, summary: string, specs: CommandSpec[]) => {
    const made = program.command(name).description(summary).enablePositionalOptions();
    addCommonOptions(made);
    for (const spec of specs) addCommand(made, spec, host);
    return made;
  };
  const functions = group('functions', 'what is deployed, in which versions; switch it off and on', [
    functionsListCommand,
    functionsVersionsCommand,
    functionsEnableCommand,
    functionsDisableCommand,
  ]);
  const connections = group(
    'connections',
    'list connections; take them with their credentials from one server to another',
    [connectionsListCommand, connectionsExportCommand, connectionsImportCommand],
  );
  const syncs = group('syncs', 'look at syncs, run one now', [syncsStatusCommand, syncsTriggerCommand]);
  addCommand(program, logsCommand, host);
  const keys = group('keys', 'the keys of an environment, and the encryption keys of the server', [
    keysListCommand,
    keysCreateCommand,
    keysRevokeCommand,
    keysRotateSigningCommand,
    keysCheckCommand,
    keysRotateCommand,
  ]);
  const providers = group('providers', 'the catalogue of APIs; try a credential with an entry', [
    providersListCommand,
    providersShowCommand,
    providersTestCommand,
  ]);
  program
    .command('version')
    .description('print the version')
    .action(() => {
      host.stdout.write(`${version}\n`);
    });

  const groups = [program, functions, connections, syncs, keys, providers];
  for (const command of new Set([program, ...groups.flatMap(({ commands: own }) => own)])) {
    command.exitOverride().configureOutput({
      writeOut: (text) => host.stdout.write(text),
      // The edge prints errors, once and in the form that was asked for.
      writeErr: () => {},
    });
  }
  for (const one of groups) if (one !== connections) sayWhatExists(one);
  return program;
}

function sayWhatExists(group: Command): void {
  group
    .usage('<command> [options]')
    .argument('[command]')
    .action((given: string | undefined) => {
      if (given === undefined) return group.help();
      const known = group.commands.map((command) => command.name()).join(', ');
      throw new CliError('unknown_command', `There is no command "${given}".`, { hint: `There are: ${known}.` });
    });
}
