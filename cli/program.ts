// The command line: which commands there are, and what is said to a wrong one.
import { Command } from 'commander';
import { compileCommand } from './commands/compile.ts';
import { connectionsCommand } from './commands/connections.ts';
import { createCommand } from './commands/create.ts';
import type { Host } from './commands/define-command.ts';
import { addCommand, addCommonOptions } from './commands/define-command.ts';
import { deployCommand } from './commands/deploy.ts';
import { initCommand } from './commands/init.ts';
import { logsCommand } from './commands/logs.ts';
import { syncsStatusCommand, syncsTriggerCommand } from './commands/syncs.ts';
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

  for (const spec of [initCommand, createCommand, compileCommand, deployCommand]) addCommand(program, spec, host);
  addCommand(program, connectionsCommand, host);
  const syncs = program.command('syncs').description('look at syncs, run one now').enablePositionalOptions();
  addCommonOptions(syncs);
  for (const spec of [syncsStatusCommand, syncsTriggerCommand]) addCommand(syncs, spec, host);
  addCommand(program, logsCommand, host);
  program
    .command('version')
    .description('print the version')
    .action(() => {
      host.stdout.write(`${version}\n`);
    });

  for (const command of [program, ...program.commands, ...syncs.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => host.stdout.write(text),
      // The edge prints errors, once and in the form that was asked for.
      writeErr: () => {},
    });
  }
  sayWhatExists(program);
  sayWhatExists(syncs);
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
