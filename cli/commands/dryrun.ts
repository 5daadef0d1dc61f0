// syncline dryrun: a function against a real connection, with everything that would be stored kept here and shown.
import { createGuestPool } from '../../core/runtime/host/guest-pool.ts';
import { findFunction, listFunctions } from '../dryrun/find-function.ts';
import type { LivePlatform } from '../dryrun/instance-platform.ts';
import { type Outcome, toJson } from '../dryrun/outcome.ts';
import { readCheckpoint, readDate, readObject, readValue } from '../dryrun/read-value.ts';
import { createRecorder, type Recorder } from '../dryrun/recorder.ts';
import { renderDiagnostics, renderFailure } from '../dryrun/render-outcome.ts';
import { type Given, runOnInstance } from '../dryrun/run-on-instance.ts';
import { saveRun } from '../dryrun/save-run.ts';
import { CliError, exitCodes } from '../errors.ts';
import { askChoice } from './ask.ts';
import { type CommandSpec, type Context, environmentOption, type Input } from './define-command.ts';

export const dryrunCommand: CommandSpec = {
  name: 'dryrun',
  summary: 'run a function against a real connection; nothing is stored',
  args: [
    ['[name]', 'function: issues, github/issues or github/syncs/issues'],
    ['[connection_id]', 'connection to run it for'],
  ],
  options: [
    environmentOption,
    ['-i, --input <value>', 'input of an action: JSON, text or @file.json'],
    ['-m, --metadata <json>', "metadata instead of the connection's: JSON or @file.json"],
    ['-c, --checkpoint <json>', 'checkpoint to begin from: JSON or @file.json'],
    ['-l, --lastSyncDate <date>', 'when the sync last ran'],
    ['--variant <name>', 'variant of the sync (default: base)'],
    ['--integration-id <id>', 'integration to run it in (default: the folder it lies in)'],
    ['--validate', 'fail when input, output or records do not match their schema'],
    ['--validation', 'the same'],
    ['--save', 'write <integration>/tests/<name>.test.json, and a test of it; validates'],
    ['--save-responses', 'the same'],
    ['--redact-emails', 'with --save: replace e-mail addresses, too'],
    ['--diagnostics', 'say where time and memory went'],
  ],
  async run(context, { args, options }) {
    const { dir, terminal } = context;
    const wanted = text(options, 'integrationId');
    const name = args[0] ?? (await pickFunction(context));
    const given = readGiven(options, dir);
    const { function: found, warnings } = await findFunction({ dir, name, integration: wanted });
    terminal.warn(warnings);
    const integration = wanted ?? found.entry.providerConfigKey;
    const connection = args[1] ?? (await pickConnection(context, { options, integration, name }));
    const guests = createGuestPool({ size: 1 });
    const saves = options['save'] === true || options['saveResponses'] === true;
    let recorded: { recorder: Recorder; live: LivePlatform } | undefined;
    try {
      const outcome = await runOnInstance(
        { terminal, guests },
        {
          function: found,
          target: context.target(text(options, 'environment')),
          integration,
          connection,
          given: { ...given, validate: saves || options['validate'] === true || options['validation'] === true },
          ...(options['debug'] === true && { logLevel: 'debug' }),
          ...(saves && {
            through(live) {
              recorded = { recorder: createRecorder(live), live };
              return recorded.recorder.platform;
            },
          }),
        },
      );
      if (options['diagnostics'] === true) for (const line of renderDiagnostics(outcome)) terminal.line(line);
      if (outcome.failure) throw toCliError(outcome, { dir, json: terminal.json });
      if (!recorded) return toJson(outcome);
      const { recorder, live } = recorded;
      const emails = options['redactEmails'] === true;
      const fixture = recorder.toFixture(outcome, { run: given, secrets: live.secrets, emails });
      const { written, problems } = await saveRun(guests, { dir, found, fixture });
      for (const file of written) terminal.line(`✔ ${file}`);
      for (const problem of problems) terminal.line(`  replayed at once, it differs: ${problem}`);
      return { ...toJson(outcome), written, replay: problems };
    } finally {
      guests.close();
    }
  },
};

const text = (options: Input['options'], key: string) => {
  const value = options[key];
  return typeof value === 'string' ? value : undefined;
};

function readGiven(options: Input['options'], dir: string): Given {
  const read = <T>(key: string, parse: (value: string) => T): T | undefined => {
    const value = text(options, key);
    return value === undefined ? undefined : parse(value);
  };
  const input = text(options, 'input');
  return {
    ...(input !== undefined && { input: { value: readValue('--input', input, dir) } }),
    metadata: read('metadata', (value) => readObject('--metadata', value, dir)),
    checkpoint: read('checkpoint', (value) => readCheckpoint(value, dir)) ?? null,
    lastSyncDate: read('lastSyncDate', (value) => readDate('--lastSyncDate', value)),
    variant: text(options, 'variant'),
  };
}

function toCliError(outcome: Outcome, { dir, json }: { dir: string; json: boolean }): CliError {
  const failure = outcome.failure!;
  const { type, message, places } = failure;
  const [place] = places;
  if (!json) return new CliError(type, renderFailure(failure, dir).join('\n'), { exitCode: exitCodes.dryRun });
  return new CliError(type, message, {
    exitCode: exitCodes.dryRun,
    result: toJson(outcome),
    ...(place && { diagnostics: [{ severity: 'error', code: type, message, ...place }] }),
  });
}

async function pickFunction({ interactive, dir }: Context): Promise<string> {
  if (interactive) return askChoice('Which function?', await listFunctions(dir));
  const hint = 'syncline dryrun <name> <connection>';
  throw new CliError('missing_name', 'Which function?', { exitCode: exitCodes.dryRun, hint });
}

async function pickConnection(
  { interactive, api }: Context,
  { options, integration, name }: { options: Input['options']; integration: string; name: string },
): Promise<string> {
  const exitCode = exitCodes.dryRun;
  if (!interactive)
    throw new CliError('missing_connection', 'For which connection?', {
      exitCode,
      hint: `syncline dryrun ${name} <connection>; syncline connections lists them.`,
    });
  const query = { integrationId: integration, limit: 50 };
  const { connections } = (await api(text(options, 'environment'), { exitCode }).get('/connections', query)) as {
    connections: { connection_id: string }[];
  };
  const ids = connections.map(({ connection_id }) => connection_id);
  if (ids.length > 0) return askChoice('For which connection?', ids);
  throw new CliError('no_connection', `${integration} has no connection yet.`, {
    exitCode,
    hint: 'Make one in the dashboard, or with POST /connect/sessions.',
  });
}
