// syncline test: every recorded function against its recording, without network and without an instance.
import type { Fixture } from '@syncline/testing';
import { jsonRecording } from '@syncline/testing/json-recording';
import { createGuestPool } from '../../core/runtime/host/guest-pool.ts';
import type { CompiledFunction } from '../compile/compile-functions.ts';
import { compileFunctions } from '../compile/compile-functions.ts';
import type { Recording } from '../dryrun/cassette-platform.ts';
import { answersTo, entriesOf, pickEntry } from '../dryrun/find-function.ts';
import { readJsonFile } from '../dryrun/read-value.ts';
import { type Replayed, recordingOf, replay } from '../dryrun/replay.ts';
import { CliError } from '../errors.ts';
import type { EntryPoint } from '../project/read-entry-points.ts';
import type { CommandSpec, Context } from './define-command.ts';

/** More would share the same cores. */
const guestsAtOnce = 2;

export const testCommand: CommandSpec = {
  name: 'test',
  summary: 'run functions against their recordings: no network, no instance',
  args: [['[name]', 'this function only: issues, github/issues or github/syncs/issues']],
  options: [
    ['-i, --integration <id>', 'of this integration only'],
    ['--replay <file>', 'this recording instead of tests/<name>.test.json'],
  ],
  async run(context, { args, options }) {
    const { dir } = context;
    const [name] = args;
    const integration = typeof options['integration'] === 'string' ? options['integration'] : undefined;
    const given = typeof options['replay'] === 'string' ? options['replay'] : undefined;
    if (given !== undefined && name === undefined)
      throw new CliError('missing_name', 'Which function is this a recording of?', {
        hint: `syncline test <name> --replay ${given}`,
      });
    const wanted = (entry: EntryPoint) =>
      (name === undefined || answersTo(entry, name)) &&
      (integration === undefined || entry.providerConfigKey === integration);
    const all = await entriesOf(dir);
    if (name !== undefined && !all.some(wanted)) pickEntry(all, { name }); // says what there is
    const entries = all.filter(wanted);

    const recordings = new Map<EntryPoint, Recording>();
    const unrecorded: string[] = [];
    for (const entry of entries) {
      const recording =
        given === undefined ? recordingOf(dir, entry) : jsonRecording(readJsonFile('--replay', given, dir) as Fixture);
      if (recording) recordings.set(entry, recording);
      else unrecorded.push(`${entry.providerConfigKey}/${entry.name}`);
    }
    if (recordings.size === 0)
      throw new CliError('nothing_recorded', 'There is no recording to test with.', {
        hint: 'Make one: syncline dryrun <name> <connection> --save',
      });
    const functions = await compiled(dir, [...recordings.keys()]);
    const results = await replayAll(functions, (entry) => recordings.get(entry)!);
    show(context, results, unrecorded);
    const failed = results.filter(({ status }) => status === 'failed');
    const result = { passed: results.length - failed.length, failed: failed.length, unrecorded, results };
    if (failed.length === 0) return result;
    const message = `${failed.length} of ${results.length} recorded functions do something else than what was recorded.`;
    throw new CliError('tests_failed', message, { result });
  },
};

async function compiled(dir: string, entries: EntryPoint[]): Promise<CompiledFunction[]> {
  return (await compileFunctions(entries, dir, { typecheck: false, checks: false })).functions;
}

/** In the order of the functions. */
async function replayAll(
  functions: readonly CompiledFunction[],
  recordingFor: (entry: EntryPoint) => Recording,
): Promise<Replayed[]> {
  const guests = createGuestPool({ size: guestsAtOnce });
  const results: Replayed[] = [];
  const queue = functions.entries();
  const worker = async () => {
    for (const [index, tested] of queue)
      results[index] = await replay(guests, { function: tested, recording: recordingFor(tested.entry) });
  };
  try {
    await Promise.all(Array.from({ length: guestsAtOnce }, worker));
    return results;
  } finally {
    guests.close();
  }
}

function show({ terminal }: Context, results: readonly Replayed[], unrecorded: readonly string[]): void {
  const rows = results.map(({ status, kind, integration, name, requests, durationMs, unserved }) => [
    status === 'passed' ? '✔' : '✖',
    kind,
    `${integration}/${name}`,
    `${requests} requests`,
    `${durationMs} ms`,
    unserved.length > 0 ? `${unserved.length} recorded requests not made` : '',
  ]);
  terminal.table(rows);
  for (const { integration, name, problems, missing, unserved, places, status } of results) {
    if (status === 'passed' && unserved.length === 0) continue;
    terminal.line();
    terminal.line(`${integration}/${name}`);
    for (const problem of problems) terminal.line(`  ${problem}`);
    for (const { file, line, column } of places.slice(0, 3)) terminal.line(`    at ${file}:${line}:${column}`);
    for (const request of missing) terminal.line(`  not recorded: ${request}`);
    for (const request of unserved) terminal.line(`  not made: ${request}`);
  }
  terminal.line();
  const failed = results.filter(({ status }) => status === 'failed').length;
  if (unrecorded.length > 0) terminal.line(`Not recorded yet: ${unrecorded.join(', ')}`);
  terminal.line(`${results.length - failed} passed, ${failed} failed`);
}
