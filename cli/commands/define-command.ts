// The shape all commands share: the common options, and a context made from them.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { ApiClient } from '../api/client.ts';
import { createApiClient } from '../api/client.ts';
import type { Env } from '../project/read-env.ts';
import { readEnv } from '../project/read-env.ts';
import type { Target } from '../project/resolve-target.ts';
import { resolveTarget } from '../project/resolve-target.ts';
import type { Terminal } from '../terminal.ts';
import { createTerminal } from '../terminal.ts';

export interface Context {
  /** The project's folder, absolute. */
  dir: string;
  env: Env;
  /** Where a local instance may say where it is. */
  dataFolders: string[];
  terminal: Terminal;
  autoConfirm: boolean;
  /** A person can be asked: a terminal on both sides, no CI, no --json, no --no-interactive. */
  interactive: boolean;
  keyActivationMs: number | undefined;
  target(environment?: string): Target;
  api(environment?: string, options?: { exitCode?: number }): ApiClient;
}

export interface Input {
  args: (string | undefined)[];
  options: Record<string, string | boolean | undefined>;
}

/** Of an option that takes a value. */
export const textOf = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

export const environmentOption: [flags: string, description: string] = [
  '-e, --environment <name>',
  'environment (default: dev)',
];

export interface CommandSpec {
  name: string;
  /** Another name of it. */
  alias?: string;
  summary: string;
  /** What its group does when none of its commands is named. */
  isDefault?: true;
  /** `<name>` must be given, `[name]` may be. */
  args?: [usage: string, description: string][];
  options?: [flags: string, description: string][];
  /** Gives back what --json prints. */
  run(context: Context, input: Input): Promise<unknown>;
}

export interface Host {
  env: Env;
  cwd: string;
  stdin: { isTTY?: boolean };
  stdout: { isTTY?: boolean; write(text: string): unknown };
  stderr: { write(text: string): unknown };
  /** How long a rotation gives every process to learn of the next data keys; else as the server has it. */
  keyActivationMs?: number;
}

const commonOptions: [flags: string, description: string][] = [
  ['--dir <path>', 'the project, if not this folder'],
  ['--json', 'print the result as JSON'],
  ['--auto-confirm', 'answer yes to ordinary questions'],
  ['--no-interactive', 'never ask'],
  ['--debug', 'say more when something fails'],
];

/** Without effect; the peer's flags, taken so that old scripts go on working. */
const ignoredOptions = ['--no-dependency-update', '--no-telemetry'];

/** Every command takes these, before or after its name. */
export function addCommonOptions(command: Command): void {
  for (const [flags, description] of commonOptions) command.option(flags, description);
  for (const flags of ignoredOptions) command.addOption(new Option(flags).hideHelp());
}

export function addCommand(parent: Command, spec: CommandSpec, host: Host): void {
  const command = parent.command(spec.name, { isDefault: spec.isDefault ?? false }).description(spec.summary);
  if (spec.alias !== undefined) command.alias(spec.alias);
  for (const [usage, description] of spec.args ?? []) command.argument(usage, description);
  for (const [flags, description] of spec.options ?? []) command.option(flags, description);
  addCommonOptions(command);
  command.action(async () => {
    const options = givenOptions(command);
    const context = createContext(options, host);
    const args = command.processedArgs as (string | undefined)[];
    context.terminal.result(await spec.run(context, { args, options }));
  });
}

/** Of the command and those above it. Defaults are left out: a `--no-…` has one, which must not undo what stands further left. */
function givenOptions(command: Command): Input['options'] {
  const own = Object.entries(command.opts()).filter(([key]) => command.getOptionValueSource(key) !== 'default');
  return { ...(command.parent && givenOptions(command.parent)), ...Object.fromEntries(own) };
}

export function createContext(options: Input['options'], host: Host): Context {
  const dir = path.resolve(host.cwd, typeof options['dir'] === 'string' ? options['dir'] : '.');
  const env = readEnv(dir, host.env);
  const json = options['json'] === true;
  const tty = host.stdin.isTTY === true && host.stdout.isTTY === true;
  const folders = dataFolders(env, dir, host.cwd);
  const target = (environment?: string) =>
    resolveTarget({
      env,
      dataFolders: folders,
      ...(environment !== undefined && { environment }),
    });
  return {
    dir,
    env,
    dataFolders: folders,
    terminal: createTerminal({ json, stdout: host.stdout, stderr: host.stderr }),
    autoConfirm:
      options['autoConfirm'] === true || isYes(env['SYNCLINE_DEPLOY_AUTO_CONFIRM'] ?? env['NANGO_DEPLOY_AUTO_CONFIRM']),
    interactive: tty && !json && !env['CI'] && options['interactive'] !== false,
    keyActivationMs: host.keyActivationMs,
    target,
    api: (environment, exit) => createApiClient(target(environment), exit),
  };
}

/** Where a local instance says where it is: as told, else in the project, here, and in the checkout that this CLI is part of. */
function dataFolders(env: Env, dir: string, cwd: string): string[] {
  const told = env['SYNCLINE_DATA'];
  if (told !== undefined && told !== '') return [path.resolve(cwd, told)];
  const checkout = fileURLToPath(new URL('../..', import.meta.url));
  return [dir, cwd, checkout].map((folder) => path.join(folder, '.syncline'));
}

function isYes(value: string | undefined): boolean {
  return value === 'true' || value === '1' || value === 'yes';
}
