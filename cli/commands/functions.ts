// syncline functions: what is deployed, in which versions, and switching it off and on.
import { z } from 'zod';
import { CliError } from '../errors.ts';
import { type CommandSpec, type Context, environmentOption, type Input, textOf } from './define-command.ts';

const functionSchema = z.looseObject({
  name: z.string(),
  type: z.string(),
  enabled: z.boolean(),
  last_deployed: z.string(),
  runs: z.string().nullish(),
  event: z.string().optional(),
});
const integrationsSchema = z.object({ data: z.array(z.looseObject({ unique_key: z.string() })) });
const pageSchema = z.object({ data: z.array(functionSchema), pagination: z.looseObject({ total: z.number() }) });
const versionsSchema = z.object({
  data: z.array(
    z.looseObject({
      version: z.number(),
      label: z.string().nullable(),
      current: z.boolean(),
      size_bytes: z.number(),
      created_at: z.string(),
    }),
  ),
});

const type: [string, string] = ['-t, --type <type>', 'sync, action or on-event, where a name is not enough'];
const one: [string, string][] = [
  ['<integration>', 'integration id'],
  ['<name>', 'name of the function'],
];

export const functionsListCommand: CommandSpec = {
  name: 'list',
  summary: 'what is deployed',
  args: [['[integration]', 'of this integration only']],
  options: [environmentOption],
  async run(context, { args, options }) {
    const api = context.api(textOf(options['environment']));
    const keys =
      args[0] === undefined
        ? integrationsSchema.parse(await api.get('/integrations')).data.map(({ unique_key }) => unique_key)
        : [args[0]];
    const found: (z.infer<typeof functionSchema> & { integration: string })[] = [];
    for (const integration of keys) {
      for (let page = 0, total = 1; page * 100 < total; page++) {
        const path = `/integrations/${encodeURIComponent(integration)}/functions`;
        const { data, pagination } = pageSchema.parse(await api.get(path, { page, limit: 100 }));
        found.push(...data.map((entry) => ({ integration, ...entry })));
        total = pagination.total;
      }
    }
    const rows = found.map((entry) => [
      `${entry.integration}/${entry.name}`,
      entry.type,
      entry.enabled ? 'enabled' : 'disabled',
      entry.runs ?? entry.event ?? '',
      entry.last_deployed,
    ]);
    if (rows.length === 0) context.terminal.line('Nothing is deployed.');
    else context.terminal.table([['FUNCTION', 'TYPE', 'STATE', 'RUNS', 'DEPLOYED'], ...rows]);
    return found;
  },
};

export const functionsVersionsCommand: CommandSpec = {
  name: 'versions',
  summary: 'the kept versions of one',
  args: one,
  options: [environmentOption, type],
  async run(context, input) {
    const api = context.api(textOf(input.options['environment']));
    const { data } = versionsSchema.parse(await api.get(`${pathOf(input)}/versions`, typeOf(input)));
    const rows = data.map(({ version, label, current, size_bytes, created_at }) => [
      `${version}${current ? ' (current)' : ''}`,
      label ?? '',
      created_at,
      `${Math.ceil(size_bytes / 1024)} KB`,
    ]);
    context.terminal.table([['VERSION', 'LABEL', 'DEPLOYED', 'SIZE'], ...rows]);
    return data;
  },
};

export const functionsEnableCommand: CommandSpec = {
  name: 'enable',
  summary: 'switch one on',
  args: one,
  options: [environmentOption, type],
  run: (context, input) => switchTo(context, input, true),
};

export const functionsDisableCommand: CommandSpec = {
  name: 'disable',
  summary: 'switch one off: its syncs begin no run, its calls are refused',
  args: one,
  options: [environmentOption, type],
  run: (context, input) => switchTo(context, input, false),
};

async function switchTo(context: Context, input: Input, enabled: boolean): Promise<unknown> {
  const api = context.api(textOf(input.options['environment']));
  const { type: kind } = typeOf(input);
  const query = kind === undefined ? '' : `?type=${kind}`;
  const answer = await api.patch(`${pathOf(input)}${query}`, { enabled });
  const { data } = z.object({ data: functionSchema }).parse(answer);
  context.terminal.line(`✔ ${data.type} ${input.args[0]}/${data.name} is ${data.enabled ? 'enabled' : 'disabled'}`);
  return data;
}

const pathOf = ({ args: [integration = '', name = ''] }: Input) =>
  `/integrations/${encodeURIComponent(integration)}/functions/${encodeURIComponent(name)}`;

function typeOf({ options }: Input): { type: string | undefined } {
  const given = textOf(options['type']);
  if (given === undefined || ['sync', 'action', 'on-event'].includes(given)) return { type: given };
  throw new CliError('usage', '--type takes sync, action or on-event.');
}
