// Commands of the operator work on the server's database itself, with its key: where both are found, and the server's code that
// does the work. They run where Syncline is installed; a published CLI has no server.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { encryptionKeys } from '../../core/config/shapes.ts';
import type { Context } from '../commands/define-command.ts';
import { CliError } from '../errors.ts';

export interface ServerDatabase {
  url: string;
  /** 32 bytes each; the first one encrypts. */
  encryptionKeys: Buffer[];
}

const instanceSchema = z.object({ databaseUrl: z.string() });
const root = fileURLToPath(new URL('../..', import.meta.url));

/** As the server is told: DATABASE_URL and SYNCLINE_ENCRYPTION_KEY, else what a local instance keeps in its folder. */
export function findServerDatabase({ env, dataFolders }: Pick<Context, 'env' | 'dataFolders'>): ServerDatabase {
  const folder = dataFolders.find((candidate) => existsSync(path.join(candidate, 'instance.json')));
  const url = env['DATABASE_URL'] || (folder && readInstance(folder));
  if (!url) {
    throw new CliError('no_database', 'No database: neither DATABASE_URL is set nor does an instance run here.', {
      hint: 'Run this where the server runs, with its environment; or start Syncline on this machine.',
    });
  }
  const keys = env['SYNCLINE_ENCRYPTION_KEY'] || (folder && readText(path.join(folder, 'encryption.key')));
  if (!keys) {
    throw new CliError('missing_encryption_key', 'SYNCLINE_ENCRYPTION_KEY is not set.', {
      hint: 'Give it as the server has it: the new key first, then those that are to go.',
    });
  }
  return { url, encryptionKeys: parseKeys(keys) };
}

function parseKeys(text: string): Buffer[] {
  const parsed = encryptionKeys.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CliError('invalid_encryption_key', 'SYNCLINE_ENCRYPTION_KEY is not a list of the base64 of 32 bytes.', {
    hint: 'Make a key with: openssl rand -base64 32',
  });
}

const readText = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;

function readInstance(folder: string): string | undefined {
  const parsed = instanceSchema.safeParse(JSON.parse(readFileSync(path.join(folder, 'instance.json'), 'utf8')));
  return parsed.data?.databaseUrl;
}

/** @param file of the server, from the root. By its path at run time, so that no build of the CLI takes the server along. */
export async function importServer<T>(file: string): Promise<T> {
  if (!existsSync(path.join(root, file))) {
    throw new CliError('no_server', 'This command works on the server’s database and is not in the published CLI.', {
      hint: 'Run it where Syncline is installed: npx syncline in its checkout, or in its container.',
    });
  }
  await import(path.join(root, 'core/db/driver-patch.ts')); // before anything loads the driver
  return (await import(path.join(root, file))) as T;
}

/** The server's errors have code and hint as ours do. */
export async function asCliError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof CliError || !(cause instanceof Error) || !('code' in cause)) throw cause;
    const { code, message, hint } = cause as Error & { code: unknown; hint?: string };
    throw new CliError(String(code), message || `The database answered ${String(code)}.`, {
      ...(hint && { hint }),
      cause,
    });
  }
}
