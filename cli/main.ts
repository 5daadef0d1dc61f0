// Entry of the `syncline` command: run it, say what went wrong, end with an exit code that means something.
import { CommanderError } from 'commander';
import type { Host } from './commands/define-command.ts';
import { CliError, renderDiagnostic } from './errors.ts';
import { createProgram } from './program.ts';

/** @returns The exit code: 0, 10 compile, 11 deploy, 12 dry run, else 1. */
export async function main(args: string[], host: Host): Promise<number> {
  try {
    const program = await createProgram(host, args[0]);
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const known = toCliError(error);
    if (args.includes('--json'))
      host.stdout.write(`${JSON.stringify({ error: toJson(known), ...known.result }, null, 2)}\n`);
    else host.stderr.write(render(known));
    if (args.includes('--debug') && error instanceof Error) host.stderr.write(`${error.stack}\n`);
    return known.exitCode;
  }
}

function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  const message = error instanceof Error ? error.message.replace(/^error: /, '') : String(error);
  if (error instanceof CommanderError) return new CliError('usage', message, { hint: 'See: syncline --help' });
  return new CliError('internal', `Something broke in the CLI: ${message}`, {
    hint: 'Run it again with --debug.',
    cause: error,
  });
}

function toJson({ code, message, hint, diagnostics }: CliError) {
  return { code, message, ...(hint !== undefined && { hint }), ...(diagnostics.length > 0 && { diagnostics }) };
}

function render({ message, hint, diagnostics }: CliError): string {
  const lines = diagnostics.map(renderDiagnostic);
  if (diagnostics.length !== 1 || !lines[0]?.includes(message)) lines.push(`✖ ${message}`);
  if (hint !== undefined) lines.push(`  ${hint}`);
  return `${lines.join('\n')}\n`;
}
