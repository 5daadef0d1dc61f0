// syncline connections import: connections from an export, or from lines of what GET /connections/:id answers, also the peer's.
import { createReadStream, existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { createSplitter, isSealed, openLines } from '../../core/crypto/sealed-lines.ts';
import type { ApiClient } from '../api/client.ts';
import { readPassphrase } from '../connections/passphrase.ts';
import { parseConnection, toImport } from '../connections/to-import.ts';
import { CliError } from '../errors.ts';
import { asCliError } from '../keys/server-database.ts';
import { type CommandSpec, environmentOption, textOf } from './define-command.ts';

interface Refused {
  line: number;
  connection_id: string;
  code: string;
  message: string;
}

const atOnce = 8;

export const connectionsImportCommand: CommandSpec = {
  name: 'import',
  summary: 'take in connections from an export, or from JSON lines of another server',
  options: [
    ['-f, --file <path>', 'the file to read'],
    environmentOption,
    ['-i, --integration <id>', 'put all of them under this integration'],
    ['--passphrase-file <path>', 'file with the passphrase (default: SYNCLINE_PASSPHRASE, or a question)'],
  ],
  async run(context, { options }) {
    const file = textOf(options['file']);
    if (file === undefined) throw new CliError('usage', 'Name the file to read: --file <path>');
    const source = path.resolve(context.dir, file);
    if (!existsSync(source)) throw new CliError('no_file', `There is no file ${file}.`);
    const api = context.api(textOf(options['environment']));
    const lines = (await isEncrypted(source))
      ? openLines(
          createReadStream(source) as AsyncIterable<Buffer>,
          await readPassphrase(context, textOf(options['passphraseFile'])),
        )
      : plainLines(createReadStream(source) as AsyncIterable<Buffer>);
    const onProgress = (imported: number) => {
      if (imported % 500 === 0) context.terminal.progress({ imported }, `${imported} connections`);
    };
    const { imported, refused } = await asCliError(() =>
      importAll(api, { lines, integration: textOf(options['integration']), onProgress }),
    );
    if (refused.length > 0) {
      const places = refused.map(
        ({ line, connection_id, message }) => `\n  line ${line}, ${connection_id}: ${message}`,
      );
      throw new CliError(
        'incomplete_import',
        `${imported} connections were taken in, ${refused.length} were refused:${places.join('')}`,
        {
          hint: 'Mend what is said and import again: those that are there are overwritten by themselves.',
          result: { imported, refused },
        },
      );
    }
    context.terminal.line(`✔ ${imported} connections are taken in.`);
    return { imported };
  },
};

interface Source {
  lines: AsyncIterable<string>;
  integration: string | undefined;
  onProgress(imported: number): void;
}

async function importAll(
  api: ApiClient,
  { lines, integration, onProgress }: Source,
): Promise<{ imported: number; refused: Refused[] }> {
  const refused: Refused[] = [];
  const running = new Set<Promise<void>>();
  let imported = 0;
  let number = 0;
  /** The first thing that makes going on pointless. */
  let fatal: unknown;
  const importOne = async (text: string, line: number) => {
    const connection = parseConnection(text, line);
    const body = toImport({ ...connection, ...(integration !== undefined && { provider_config_key: integration }) });
    try {
      await api.post('/connections', body);
      onProgress(++imported);
    } catch (cause) {
      if (!(cause instanceof CliError) || ['unreachable', 'forbidden', 'http_401'].includes(cause.code)) throw cause;
      const { code, message } = cause;
      refused.push({ line, connection_id: connection.connection_id, code, message });
    }
  };
  for await (const text of lines) {
    number++;
    if (text.trim() === '') continue;
    const one: Promise<void> = importOne(text, number)
      .catch((cause: unknown) => {
        fatal ??= cause;
      })
      .finally(() => running.delete(one));
    running.add(one);
    if (running.size >= atOnce) await Promise.race(running);
    if (fatal !== undefined) break;
  }
  await Promise.all(running);
  if (fatal !== undefined) throw fatal;
  return { imported, refused };
}

async function isEncrypted(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return isSealed(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

async function* plainLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const splitter = createSplitter();
  for await (const chunk of chunks) yield* splitter.push(chunk);
  yield* splitter.end();
}
