// The passphrase of an export: from the environment or a file, else asked for. Never an option: those show in lists of processes.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { askSecret } from '../commands/ask.ts';
import type { Context } from '../commands/define-command.ts';
import { CliError } from '../errors.ts';

const minLength = 12;

export async function readPassphrase(context: Context, file: string | undefined): Promise<string> {
  const given =
    file === undefined
      ? context.env['SYNCLINE_PASSPHRASE']
      : readFileSync(path.resolve(context.dir, file), 'utf8').trim();
  const passphrase = given || (context.interactive ? await askSecret('Passphrase of the file') : undefined);
  if (passphrase === undefined) {
    throw new CliError('no_passphrase', 'The file is encrypted with a passphrase, and none was given.', {
      hint: 'Set SYNCLINE_PASSPHRASE, or name a file with --passphrase-file.',
    });
  }
  if (passphrase.length >= minLength) return passphrase;
  throw new CliError('weak_passphrase', `A passphrase has at least ${minLength} characters.`, {
    hint: 'Make one with: openssl rand -base64 24',
  });
}
