// syncline providers: what the catalogue knows, and whether a credential works with an entry. No instance is needed.
import path from 'node:path';
import { createEgress } from '../../core/egress/egress.ts';
import { SynclineError } from '../../core/errors.ts';
import { type Catalogue, openCatalogue, type Provider, shortcomingsOf } from '../../core/integrations/catalogue.ts';
import { checkFormValues } from '../../core/integrations/form-values.ts';
import { type Verdict, type VerifyAttempt, verifyCredential } from '../../core/proxy/verify-credential.ts';
import { CliError } from '../errors.ts';
import { collectValues } from '../providers/collect-values.ts';
import { configInputs, credentialInputs, toCredentials, type Wanted } from '../providers/credential-inputs.ts';
import { renderEntry } from '../providers/render-entry.ts';
import { askSecret, askText } from './ask.ts';
import { type CommandSpec, type Context, type Input, textOf } from './define-command.ts';

const overlay: [string, string] = ['--providers <dir>', 'folder of further entries (default: SYNCLINE_PROVIDERS)'];

export const providersListCommand: CommandSpec = {
  name: 'list',
  summary: 'the APIs of the catalogue',
  args: [['[search]', 'part of a name']],
  options: [overlay],
  async run(context, { args, options }) {
    const found = open(context, options).list(args[0]);
    const rows = found.map(({ name, display_name, auth_mode, categories = [] }) => [
      name,
      display_name,
      auth_mode,
      categories.join(', '),
    ]);
    if (rows.length === 0) context.terminal.line('No such provider.');
    else context.terminal.table([['NAME', 'API', 'AUTH', 'CATEGORIES'], ...rows]);
    return found;
  },
};

export const providersShowCommand: CommandSpec = {
  name: 'show',
  summary: 'one entry: what it needs, where its API is, what it lacks',
  args: [['<name>', 'provider']],
  options: [overlay],
  async run(context, { args, options }) {
    const provider = find(open(context, options), args[0] ?? '');
    for (const line of renderEntry(provider)) context.terminal.line(line);
    const { name, logo_url: _, ...entry } = provider;
    context.terminal.warn(
      shortcomingsOf(entry).map(({ path: at, message }) => ({
        severity: 'warning',
        code: 'house_rule',
        message: `${at === '' ? name : at}: ${message}`,
      })),
    );
    return provider;
  },
};

export const providersTestCommand: CommandSpec = {
  name: 'test',
  summary: 'make the call that tests a credential, and say what was sent and answered',
  args: [['<name>', 'provider']],
  options: [
    overlay,
    ['-c, --credentials <json>', 'JSON or @file.json (default: SYNCLINE_CREDENTIALS, else you are asked)'],
    ['--connection-config <json>', 'JSON or @file.json (default: SYNCLINE_CONNECTION_CONFIG, else you are asked)'],
    ['--base-url <url>', "call this instead of the entry's own base URL"],
    ['--endpoint <path>', "GET this instead of the entry's own call"],
  ],
  async run(context, { args, options }) {
    const provider = find(open(context, options), args[0] ?? '');
    const endpoint = textOf(options['endpoint']);
    if (provider.proxy?.verification === undefined && endpoint === undefined) {
      throw new CliError('no_verification', `The entry "${provider.name}" has no call that tests a credential.`, {
        hint: 'Name one: --endpoint /path',
      });
    }
    const verdict = await verify(context, { provider, options, endpoint });
    for (const attempt of verdict.attempts) for (const line of renderAttempt(attempt)) context.terminal.line(line);
    if (verdict.verdict !== 'good') throw failed(provider, verdict);
    context.terminal.line(`✔ ${provider.display_name} takes this credential.`);
    return verdict;
  },
};

interface Asked {
  provider: Provider;
  options: Input['options'];
  endpoint: string | undefined;
}

async function verify(context: Context, { provider, options, endpoint }: Asked): Promise<Verdict> {
  const { dir, env, interactive } = context;
  const ask = interactive ? askFor : undefined;
  const credentials = await collectValues(credentialInputs(provider), {
    given: textOf(options['credentials']) ?? env['SYNCLINE_CREDENTIALS'],
    option: '--credentials',
    variable: 'SYNCLINE_CREDENTIALS',
    dir,
    ask,
  });
  const baseUrl = textOf(options['baseUrl']);
  const connectionConfig = await collectValues(baseUrl === undefined ? configInputs(provider) : [], {
    given: textOf(options['connectionConfig']) ?? env['SYNCLINE_CONNECTION_CONFIG'],
    option: '--connection-config',
    variable: 'SYNCLINE_CONNECTION_CONFIG',
    dir,
    ask,
  });
  // It runs on the machine of whoever types it: nothing to guard against.
  const egress = createEgress({ allow: ['0.0.0.0/0', '::/0'], env: 'development' });
  try {
    checkFormValues('credentials', provider.credentials, credentials);
    checkFormValues('connection_config', provider.connection_config, connectionConfig);
    return await verifyCredential({
      provider,
      integration: {},
      connection: { id: 'test', connectionConfig, metadata: {} },
      credentials: toCredentials(provider.auth_mode, credentials),
      egress,
      baseUrl,
      endpoint,
    });
  } catch (error) {
    throw toCliError(error);
  } finally {
    await egress.close();
  }
}

const askFor = ({ title, name, secret, example = '' }: Wanted): Promise<string> =>
  secret ? askSecret(`${title} (${name})`) : askText(`${title} (${name})`, example);

function failed({ display_name }: Provider, verdict: Verdict): CliError {
  const reason = verdict.attempts.at(-1)?.reason ?? '';
  const refused = verdict.verdict === 'refused';
  const message = refused
    ? `${display_name} refuses this credential.`
    : `It is unclear whether ${display_name} takes it.`;
  return new CliError(refused ? 'credential_refused' : 'verification_unclear', `${message} ${reason}`, {
    result: verdict,
  });
}

function toCliError(error: unknown): unknown {
  if (!(error instanceof SynclineError)) return error;
  const details = error.errors?.map(({ path: at, message }) => `${at.join('.')}: ${message}`).join(' ');
  return new CliError(error.code, details || error.message, {
    ...(error.hint !== undefined && { hint: error.hint }),
    cause: error,
  });
}

function renderAttempt({ method, url, headers, body, status, reason }: VerifyAttempt): string[] {
  const sent = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`);
  const answer = `  → ${status ?? 'no answer'}${reason === undefined ? '' : `  ${reason}`}`;
  return [`${method} ${url}`, ...sent, ...(body === undefined ? [] : [`  ${body}`]), answer];
}

function open({ dir, env }: Context, options: Input['options']): Catalogue {
  const folder = textOf(options['providers']) || env['SYNCLINE_PROVIDERS'];
  try {
    return openCatalogue({ providersDir: folder ? path.resolve(dir, folder) : undefined, publicUrl: '' });
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    throw new CliError(String(cause.code), cause.message, { cause });
  }
}

function find(catalogue: Catalogue, name: string): Provider {
  const provider = catalogue.get(name);
  if (provider) return provider;
  const near = catalogue.list(name).map((found) => found.name);
  throw new CliError('unknown_provider', `The catalogue has no provider "${name}".`, {
    hint: near.length > 0 ? `There is: ${near.slice(0, 10).join(', ')}.` : 'See: syncline providers list',
  });
}
