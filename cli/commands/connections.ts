// syncline connections [list]: who is connected.
import { z } from 'zod';
import { type CommandSpec, environmentOption, textOf } from './define-command.ts';

const listSchema = z.object({
  connections: z.array(
    z.looseObject({
      connection_id: z.string(),
      provider_config_key: z.string(),
      provider: z.string(),
      created: z.string(),
      errors: z.array(z.looseObject({ type: z.string() })).default([]),
    }),
  ),
});

export const connectionsListCommand: CommandSpec = {
  name: 'list',
  isDefault: true,
  summary: 'list the connections of an environment',
  options: [
    environmentOption,
    ['-i, --integration <id>', 'of this integration only'],
    ['--search <text>', 'part of a connection id or of an end user'],
    ['--limit <n>', 'at most this many (default: 100)'],
  ],
  async run(context, { options }) {
    const api = context.api(textOf(options['environment']));
    const { connections } = listSchema.parse(
      await api.get('/connections', {
        integrationId: textOf(options['integration']),
        search: textOf(options['search']),
        limit: textOf(options['limit']) ?? '100',
      }),
    );
    const rows = connections.map(({ connection_id, provider_config_key, created, errors }) => [
      connection_id,
      provider_config_key,
      created,
      errors.map(({ type }) => type).join(', ') || 'ok',
    ]);
    if (rows.length === 0) context.terminal.line('No connections.');
    else context.terminal.table([['CONNECTION', 'INTEGRATION', 'CREATED', 'STATE'], ...rows]);
    return connections;
  },
};
