// The command line: which commands there are, and what is said to a wrong one.
import { Command } from 'commander';
import type { CommandSpec, Host } from './commands/define-command.ts';
import { addCommand, addCommonOptions } from './commands/define-command.ts';
import { CliError } from './errors.ts';
import { version } from './version.ts';

interface Group {
  summary: string;
  load(): Promise<CommandSpec[]>;
}

/** In the order of the help. Loading them all is most of a start, so each is loaded when it is named. */
const commands: Record<string, (() => Promise<CommandSpec>) | Group> = {
  init: async () => (await import('./commands/init.ts')).initCommand,
  create: async () => (await import('./commands/create.ts')).createCommand,
  clone: async () => (await import('./commands/clone.ts')).cloneCommand,
  pull: async () => (await import('./commands/pull.ts')).pullCommand,
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
  compile: async () => (await import('./commands/compile.ts')).compileCommand,
  dev: async () => (await import('./commands/dev.ts')).devCommand,
  dryrun: async () => (await import('./commands/dryrun.ts')).dryrunCommand,
  test: async () => (await import('./commands/test.ts')).testCommand,
  deploy: async () => (await import('./commands/deploy.ts')).deployCommand,
  rollback: async () => (await import('./commands/rollback.ts')).rollbackCommand,
  generate: async () => (await import('./commands/generate.ts')).generateCommand,
  'generate:docs': async () => (await import('./commands/generate-docs.ts')).generateDocsCommand,
  'generate:tests': async () => (await import('./commands/generate-tests.ts')).generateTestsCommand,
  functions: {
    summary: 'what is deployed, in which versions; switch it off and on',
    async load() {
      const of = await import('./commands/functions.ts');
      return [
        of.functionsListCommand,
        of.functionsVersionsCommand,
        of.functionsEnableCommand,
        of.functionsDisableCommand,
      ];
    },
  },
  connections: {
    summary: 'list connections; take them with their credentials from one server to another',
    async load() {
      const [{ connectionsListCommand }, { connectionsExportCommand }, { connectionsImportCommand }] =
        await Promise.all([
          import('./commands/connections.ts'),
          import('./commands/connections-export.ts'),
          import('./commands/connections-import.ts'),
        ]);
      return [connectionsListCommand, connectionsExportCommand, connectionsImportCommand];
    },
  },
  syncs: {
    summary: 'look at syncs, run one now',
    async load() {
      const { syncsStatusCommand, syncsTriggerCommand } = await import('./commands/syncs.ts');
      return [syncsStatusCommand, syncsTriggerCommand];
    },
  },
  logs: async () => (await import('./commands/logs.ts')).logsCommand,
  keys: {
    summary: 'the keys of an environment, and the encryption keys of the server',
    async load() {
      const [api, own] = await Promise.all([import('./commands/api-keys.ts'), import('./commands/keys.ts')]);
      return [
        api.keysListCommand,
        api.keysCreateCommand,
        api.keysRevokeCommand,
        api.keysRotateSigningCommand,
        own.keysCheckCommand,
        own.keysRotateCommand,
      ];
    },
  },
  providers: {
    summary: 'the catalogue of APIs; try a credential with an entry',
    async load() {
      const of = await import('./commands/providers.ts');
      return [of.providersListCommand, of.providersShowCommand, of.providersTestCommand];
    },
  },
};

/** @param first What the arguments begin with: when it is a command's name, the program has that command alone. */
export async function createProgram(host: Host, first?: string): Promise<Command> {
  const program = new Command('syncline')
    .description('Write, check and deploy integration functions.')
    .version(version, '-v, --version', 'print the version')
    // Subcommands have a --version of their own.
    .enablePositionalOptions()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false });
  addCommonOptions(program);

  const groups = [program];
  const wanted = first !== undefined && Object.hasOwn(commands, first) ? [first] : Object.keys(commands);
  for (const name of wanted) {
    const command = commands[name]!;
    if (typeof command === 'function') {
      addCommand(program, await command(), host);
      continue;
    }
    const group = program.command(name).description(command.summary).enablePositionalOptions();
    addCommonOptions(group);
    for (const spec of await command.load()) addCommand(group, spec, host);
    groups.push(group);
  }
  program
    .command('version')
    .description('print the version')
    .action(() => {
      host.stdout.write(`${version}\n`);
    });

  for (const command of new Set([program, ...groups.flatMap(({ commands: own }) => own)])) {
    command.exitOverride().configureOutput({
      writeOut: (text) => host.stdout.write(text),
      // The edge prints errors, once and in the form that was asked for.
      writeErr: () => {},
    });
  }
  for (const one of groups) if (one.name() !== 'connections') sayWhatExists(one); // it lists them when none is named
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
