// syncline keys list | create | revoke | rotate-signing: the keys of an environment.
import { z } from 'zod';
import { CliError } from '../errors.ts';
import { type CommandSpec, environmentOption, textOf } from './define-command.ts';

const keySchema = z.looseObject({
  id: z.string(),
  display_name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
});
const pageSchema = z.object({ data: z.array(keySchema), next_cursor: z.string().nullable() });
const madeSchema = z.object({ data: keySchema.extend({ secret: z.string() }) });
const signingSchema = z.object({
  data: z.object({ webhook_signing_key: z.string(), previous_until: z.string().nullable() }),
});

export const keysListCommand: CommandSpec = {
  name: 'list',
  summary: 'the API keys of an environment: scopes, expiry, last use',
  options: [environmentOption],
  async run(context, { options }) {
    const api = context.api(textOf(options['environment']));
    const keys: z.infer<typeof keySchema>[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = pageSchema.parse(await api.get('/api-keys', { limit: 100, cursor }));
      keys.push(...page.data);
      cursor = page.next_cursor;
    }
    context.terminal.table([
      ['ID', 'NAME', 'KEY', 'SCOPES', 'EXPIRES', 'LAST USED'],
      ...keys.map(({ id, display_name, prefix, scopes, expires_at, last_used_at }) => [
        id,
        display_name,
        prefix,
        scopes.join(' '),
        expires_at ?? 'never',
        last_used_at ?? 'never',
      ]),
    ]);
    return keys;
  },
};

export const keysCreateCommand: CommandSpec = {
  name: 'create',
  summary: 'make an API key; its secret is shown this once',
  args: [['<name>', 'what it is for']],
  options: [
    environmentOption,
    ['--scopes <list>', 'comma list, such as connections:read,proxy (default: everything in the environment)'],
    ['--expires <time>', 'ISO time, or a number of days such as 90d (default: never)'],
  ],
  async run(context, { args, options }) {
    const api = context.api(textOf(options['environment']));
    const scopes = textOf(options['scopes'])
      ?.split(',')
      .map((scope) => scope.trim())
      .map((scope) => (/^(environment|account):/.test(scope) ? scope : `environment:${scope}`));
    const expires_at = toTime(textOf(options['expires']));
    const { data } = madeSchema.parse(await api.post('/api-keys', { display_name: args[0], scopes, expires_at }));
    context.terminal.line(data.secret);
    return data;
  },
};

export const keysRevokeCommand: CommandSpec = {
  name: 'revoke',
  summary: 'end an API key, within a second everywhere',
  args: [['<id>', 'its id: syncline keys list']],
  options: [environmentOption],
  async run(context, { args, options }) {
    await context.api(textOf(options['environment'])).delete(`/api-keys/${encodeURIComponent(args[0]!)}`);
    context.terminal.line(`✔ The key ${args[0]} is revoked.`);
    return { revoked: args[0] };
  },
};

export const keysRotateSigningCommand: CommandSpec = {
  name: 'rotate-signing',
  summary: 'make a new webhook signing key; the old one stays known for the overlap',
  options: [environmentOption, ['--overlap <seconds>', 'how long, 0 to 86400 (default: 86400)']],
  async run(context, { options }) {
    const given = textOf(options['overlap']);
    if (given !== undefined && !/^\d{1,5}$/.test(given)) throw new CliError('usage', '--overlap takes seconds.');
    const body = given === undefined ? {} : { overlap_seconds: Number(given) };
    const api = context.api(textOf(options['environment']));
    const { data } = signingSchema.parse(await api.post('/environment/webhook-signing-key/rotate', body));
    context.terminal.line(data.webhook_signing_key);
    if (data.previous_until)
      context.terminal.line(
        `Until ${data.previous_until} the old key’s digest goes along in X-Nango-Hmac-Sha256-Previous.`,
      );
    return data;
  },
};

function toTime(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const days = /^(\d{1,4})d$/.exec(given)?.[1];
  const date = days === undefined ? new Date(given) : new Date(Date.now() + Number(days) * 86_400_000);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new CliError('usage', `--expires does not understand "${given}".`, {
    hint: 'Write 90d, or 2027-01-31T12:00:00Z.',
  });
}
