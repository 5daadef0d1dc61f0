// syncline rollback: what was deployed before is current again, all of it or one function.
import { z } from 'zod';
import { mustBeAllowed } from '../deploy/confirm.ts';
import { CliError, exitCodes } from '../errors.ts';
import { askConfirm } from './ask.ts';
import type { CommandSpec, Input } from './define-command.ts';

const change = z.looseObject({
  provider_config_key: z.string(),
  type: z.string(),
  name: z.string(),
  from: z.number().nullable(),
  to: z.number().nullable(),
});
const rollbackSchema = z.object({ data: z.object({ to: z.number(), changes: z.array(change) }) });
const functionSchema = z.object({ data: z.looseObject({ name: z.string(), type: z.string(), version: z.number() }) });
const deploysSchema = z.object({
  data: z.array(
    z.looseObject({
      id: z.number(),
      kind: z.string(),
      restored: z.number().nullable(),
      changes: z.array(change),
      created_at: z.string(),
    }),
  ),
});

type Change = z.infer<typeof change>;

export const rollbackCommand: CommandSpec = {
  name: 'rollback',
  summary: 'go back to what was deployed before',
  args: [['[environment]', 'where (default: dev)']],
  options: [
    ['--to <deploy>', 'the deploy whose state comes back (default: one back; 0: before the first)'],
    ['--list', 'only list the deploys'],
    ['-i, --integration <id>', 'with one of the next three: that function only'],
    ['-s, --sync <name>', 'this sync'],
    ['-a, --action <name>', 'this action'],
    ['--on-event <name>', 'this on-event function'],
    ['-v, --version <n>', 'of that function: this version (default: one back)'],
    ['--allow-destructive', 'allow it to remove functions'],
  ],
  async run(context, { args, options }) {
    const { terminal } = context;
    const api = context.api(args[0], { exitCode: exitCodes.deploy });
    if (options['list'] === true) {
      const { data } = deploysSchema.parse(await api.get('/deploys'));
      const rows = data.map(({ id, created_at, kind, restored, changes }) => [
        String(id),
        created_at,
        restored === null ? kind : `${kind} to ${restored}`,
        changes.map(renderChange).join(', '),
      ]);
      if (rows.length === 0) terminal.line('Nothing was deployed yet.');
      else terminal.table([['DEPLOY', 'AT', 'WHAT', 'CHANGES'], ...rows]);
      return data;
    }
    const answers = {
      what: 'rollback',
      autoConfirm: context.autoConfirm,
      allowDestructive: options['allowDestructive'] === true,
      confirm: context.interactive ? askConfirm : undefined,
    };

    const one = toFunction(options);
    if (one !== undefined) {
      const version = toNumber(options['version'], '--version', 1);
      terminal.line(`Rolling back ${one.type} ${one.integration}/${one.name}`);
      await mustBeAllowed({ ...answers, removes: false });
      const path = `/integrations/${encodeURIComponent(one.integration)}/functions/${one.name}/rollback?type=${one.type}`;
      const { data } = functionSchema.parse(await api.post(path, version === undefined ? {} : { version }));
      terminal.line(`✔ version ${data.version} is current`);
      return data;
    }

    const to = toNumber(options['to'], '--to', 0);
    const target = to === undefined ? {} : { to };
    const preview = rollbackSchema.parse(await api.post('/deploys/rollback/preview', target)).data;
    terminal.line(`Back to how deploy ${preview.to} left it:`);
    for (const entry of preview.changes) terminal.line(`  ${renderChange(entry)}`);
    if (preview.changes.length === 0) terminal.line('  nothing to change');
    await mustBeAllowed({ ...answers, removes: preview.changes.some((entry) => entry.to === null) });
    // What was shown is what is done, also when somebody deploys meanwhile.
    const done = rollbackSchema.parse(await api.post('/deploys/rollback', { to: preview.to })).data;
    terminal.line(`✔ ${done.changes.length} functions as deploy ${done.to} left them`);
    return done;
  },
};

function renderChange({ provider_config_key, type, name, from, to }: Change): string {
  const what = `${type} ${provider_config_key}/${name}`;
  if (to === null) return `- ${what}`;
  return from === null ? `+ ${what} version ${to}` : `~ ${what} version ${from} → ${to}`;
}

function toFunction(options: Input['options']): { type: string; integration: string; name: string } | undefined {
  const kinds = [
    ['sync', options['sync']],
    ['action', options['action']],
    ['on-event', options['onEvent']],
  ] as const;
  const given = kinds.filter(([, name]) => typeof name === 'string');
  const integration = options['integration'];
  if (given.length === 0 && integration === undefined && options['version'] === undefined) return undefined;
  const [first] = given;
  if (given.length !== 1 || typeof integration !== 'string' || typeof first?.[1] !== 'string') {
    throw new CliError('usage', 'One function is named by --integration and one of --sync, --action, --on-event.', {
      hint: 'syncline rollback dev -i github -s issues',
    });
  }
  return { type: first[0], integration, name: first[1] };
}

function toNumber(text: string | boolean | undefined, flag: string, least: number): number | undefined {
  if (text === undefined) return undefined;
  const number = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (number >= least) return number;
  throw new CliError('usage', `${flag} takes a number from ${least}.`);
}
