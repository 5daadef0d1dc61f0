// syncline syncs: how the syncs are, and one run now.
import { z } from 'zod';
import type { ApiClient } from '../api/client.ts';
import { CliError } from '../errors.ts';
import { type CommandSpec, environmentOption, type Input } from './define-command.ts';

const integrationsSchema = z.object({ data: z.array(z.looseObject({ unique_key: z.string() })) });
const statusSchema = z.object({
  syncs: z.array(
    z.looseObject({
      connection_id: z.string(),
      name: z.string(),
      variant: z.string().optional(),
      status: z.string(),
      frequency: z.string().nullish(),
      nextScheduledSyncAt: z.string().nullish(),
      recordCount: z.record(z.string(), z.number()).nullish(),
    }),
  ),
});

const where: [string, string][] = [
  environmentOption,
  ['-i, --integration <id>', 'integration'],
  ['-c, --connection <id>', 'connection'],
];

export const syncsStatusCommand: CommandSpec = {
  name: 'status',
  summary: 'state, next run and record counts',
  args: [['[name]', 'this sync only']],
  options: where,
  async run(context, { args, options }) {
    const { environment, integration, connection } = place(options);
    const api = context.api(environment);
    const keys = integration === undefined ? await integrationKeys(api) : [integration];
    const syncs = [];
    for (const key of keys) {
      const query = { provider_config_key: key, syncs: args[0] ?? '*', connection_id: connection };
      const { syncs: found } = statusSchema.parse(await api.get('/sync/status', query));
      syncs.push(...found.map((sync) => ({ integration: key, ...sync })));
    }
    const rows = syncs.map((sync) => [
      `${sync.name}${sync.variant === undefined || sync.variant === 'base' ? '' : `::${sync.variant}`}`,
      sync.integration,
      sync.connection_id,
      sync.status,
      sync.nextScheduledSyncAt ?? '-',
      Object.entries(sync.recordCount ?? {})
        .map(([model, count]) => `${count} ${model}`)
        .join(', '),
    ]);
    if (rows.length === 0) context.terminal.line('No syncs.');
    else context.terminal.table([['SYNC', 'INTEGRATION', 'CONNECTION', 'STATUS', 'NEXT RUN', 'RECORDS'], ...rows]);
    return syncs;
  },
};

export const syncsTriggerCommand: CommandSpec = {
  name: 'trigger',
  summary: 'run a sync now',
  args: [['<name>', 'sync, or sync::variant']],
  options: [
    ...where,
    ['--reset', 'forget the checkpoint first'],
    ['--empty-cache', 'with --reset: remove the records first, too'],
  ],
  async run(context, { args, options }) {
    const { environment, integration, connection } = place(options);
    const [name = ''] = args;
    if (integration === undefined) {
      throw new CliError('missing_integration', 'Which integration?', {
        hint: `syncline syncs trigger ${name} -i <integration>`,
      });
    }
    const opts = {
      ...(options['reset'] === true && { reset: true }),
      ...(options['emptyCache'] === true && { emptyCache: true }),
    };
    const answer = await context.api(environment).post('/sync/trigger', {
      syncs: [name],
      provider_config_key: integration,
      ...(connection !== undefined && { connection_id: connection }),
      ...(Object.keys(opts).length > 0 && { opts }),
    });
    const { status } = z.looseObject({ status: z.string().optional() }).parse(answer ?? {});
    context.terminal.line(status === 'queued' ? `${name} is running; one more run follows it.` : `${name} starts.`);
    return answer;
  },
};

function place(options: Input['options']) {
  const text = (key: string) => (typeof options[key] === 'string' ? options[key] : undefined);
  return { environment: text('environment'), integration: text('integration'), connection: text('connection') };
}

async function integrationKeys(api: ApiClient): Promise<string[]> {
  const { data } = integrationsSchema.parse(await api.get('/integrations'));
  return data.map(({ unique_key }) => unique_key);
}
