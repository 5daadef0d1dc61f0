// syncline connections export: connections with their credentials into an encrypted file.
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { sealLines } from '../../core/crypto/sealed-lines.ts';
import type { ApiClient } from '../api/client.ts';
import { readPassphrase } from '../connections/passphrase.ts';
import { CliError } from '../errors.ts';
import { type CommandSpec, environmentOption, textOf } from './define-command.ts';

const pageSchema = z.object({
  connections: z.array(z.looseObject({ connection_id: z.string(), provider_config_key: z.string() })),
  next_cursor: z.string().optional(),
});

interface Left {
  connection_id: string;
  provider_config_key: string;
  code: string;
  message: string;
}

const atOnce = 8;

export const connectionsExportCommand: CommandSpec = {
  name: 'export',
  summary: 'write connections with their credentials into an encrypted file',
  options: [
    ['-f, --file <path>', 'the file to write'],
    environmentOption,
    ['-i, --integration <id>', 'of this integration only'],
    ['--passphrase-file <path>', 'file with the passphrase (default: SYNCLINE_PASSPHRASE, or a question)'],
  ],
  async run(context, { options }) {
    const file = textOf(options['file']);
    if (file === undefined) throw new CliError('usage', 'Name the file to write: --file <path>');
    const target = path.resolve(context.dir, file);
    const api = context.api(textOf(options['environment']));
    const passphrase = await readPassphrase(context, textOf(options['passphraseFile']));
    const left: Left[] = [];
    let exported = 0;
    async function* lines(): AsyncGenerator<string> {
      for await (const line of readAll(api, { integration: textOf(options['integration']), left })) {
        exported++;
        if (exported % 500 === 0) context.terminal.progress({ exported }, `${exported} connections`);
        yield line;
      }
    }
    // Under its name only when it is whole.
    const partial = `${target}.partial`;
    try {
      await pipeline(Readable.from(sealLines(lines(), passphrase)), createWriteStream(partial, { mode: 0o600 }));
      renameSync(partial, target);
    } catch (cause) {
      rmSync(partial, { force: true });
      throw cause;
    }
    if (left.length > 0) {
      const places = left.map((one) => `\n  ${one.provider_config_key}/${one.connection_id}: ${one.message}`);
      throw new CliError(
        'incomplete_export',
        `${exported} connections are in ${file}; ${left.length} could not be read:${places.join('')}`,
        {
          hint: 'Their provider refused or did not answer. Export again later, or have them reconnected.',
          result: { exported, left },
        },
      );
    }
    context.terminal.line(`✔ ${exported} connections are in ${file}. Without the passphrase nobody can read it.`);
    return { exported, file: target };
  },
};

interface Wanted {
  integration: string | undefined;
  /** Is given what could not be read. */
  left: Left[];
}

/** As JSON, in the list's order; a few are read at once. */
async function* readAll(api: ApiClient, { integration, left }: Wanted): AsyncGenerator<string> {
  for (let cursor: string | undefined, more = true; more; ) {
    const answer = await api.get('/connections', { integrationId: integration, limit: 200, cursor });
    const page = pageSchema.parse(answer);
    for (let from = 0; from < page.connections.length; from += atOnce) {
      const some = page.connections.slice(from, from + atOnce);
      const read = await Promise.all(
        some.map(({ connection_id, provider_config_key }) =>
          api
            .get(`/connections/${encodeURIComponent(connection_id)}`, { provider_config_key, refresh_token: 'true' })
            .catch((cause: unknown) => {
              if (!(cause instanceof CliError) || cause.code === 'unreachable' || cause.code === 'forbidden')
                throw cause;
              left.push({ connection_id, provider_config_key, code: cause.code, message: cause.message });
            }),
        ),
      );
      for (const connection of read) if (connection !== undefined) yield JSON.stringify(connection);
    }
    cursor = page.next_cursor;
    more = cursor !== undefined;
  }
}
