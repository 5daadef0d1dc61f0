import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { exitCodes } from './errors.ts';
import { createProgram } from './program.ts';

const page = readFileSync(new URL('../docs/cli.md', import.meta.url), 'utf8');

function part(name: string): string {
  const [, text] = page.split(new RegExp(`<!-- /?${name} -->\\n`));
  if (text === undefined) throw new Error(`docs/cli.md has no <!-- ${name} -->.`);
  return text;
}

/** A group's own commands, and every command that is none. */
function commandsOf(program: Command, prefix = ''): [string, string][] {
  return program.commands.flatMap((command): [string, string][] =>
    command.commands.length > 0
      ? commandsOf(command, `${command.name()} `)
      : [[`${prefix}${command.name()}`, command.description()]],
  );
}

it('docs/cli.md lists every command with what it says of itself, and no other', async () => {
  const rows = [...part('commands').matchAll(/^\| `([^`]+)` +\| (.*?) +\|$/gm)].map(([, name, what]) => [
    name,
    what!.replaceAll('&lt;', '<').replaceAll('&gt;', '>'),
  ]);
  const silent = { write: () => true };
  const program = await createProgram({ env: {}, cwd: '/', stdin: {}, stdout: silent, stderr: silent });
  expect(rows).toEqual(commandsOf(program));
});

it('docs/cli.md tells every exit code', () => {
  const told = [...page.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
  expect(told).toEqual([0, ...new Set(Object.values(exitCodes))].sort((a, b) => a - b));
});
