// syncline logs: what happened lately, or the messages of one operation.
import { z } from 'zod';
import { type CommandSpec, environmentOption } from './define-command.ts';

const operationsSchema = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      type: z.string(),
      action: z.string().nullish(),
      state: z.string(),
      title: z.string().nullish(),
      created_at: z.string(),
      error: z.looseObject({ message: z.string() }).nullish(),
    }),
  ),
});
const messagesSchema = z.object({
  data: z.array(z.looseObject({ at: z.string(), level: z.string(), message: z.string() })),
});

export const logsCommand: CommandSpec = {
  name: 'logs',
  summary: 'the latest operations, or the messages of one',
  args: [['[operation]', 'id of an operation']],
  options: [
    environmentOption,
    ['-i, --integration <id>', 'of this integration only'],
    ['-c, --connection <id>', 'of this connection only'],
    ['-s, --sync <name>', 'of this sync only'],
    ['--limit <n>', 'at most this many (default: 25)'],
  ],
  async run({ api, terminal }, { args, options }) {
    const text = (key: string) => (typeof options[key] === 'string' ? options[key] : undefined);
    const client = api(text('environment'));
    const limit = text('limit') ?? '25';
    const [operation] = args;
    if (operation !== undefined) {
      const { data } = messagesSchema.parse(
        await client.get(`/logs/${encodeURIComponent(operation)}/messages`, { limit }),
      );
      for (const { at, level, message } of data) terminal.line(`${at} ${level.padEnd(5)} ${message}`);
      return data;
    }
    const query = { integrations: text('integration'), connections: text('connection'), syncs: text('sync'), limit };
    const { data } = operationsSchema.parse(await client.get('/logs', query));
    const rows = data.map(({ id, created_at, type, action, state, title, error }) => [
      id,
      created_at,
      action ? `${type}:${action}` : type,
      state,
      error?.message ?? title ?? '',
    ]);
    if (rows.length === 0) terminal.line('Nothing logged.');
    else terminal.table([['OPERATION', 'AT', 'WHAT', 'STATE', ''], ...rows]);
    return data;
  },
};
