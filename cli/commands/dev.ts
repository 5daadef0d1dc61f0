// syncline dev: watch the project, say at once what is wrong, and with --dryrun what the function does now.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createGuestPool } from '../../core/runtime/host/guest-pool.ts';
import { guestProgram } from '../../core/runtime/host/guest-program.ts';
import { codeFrame } from '../code-frame.ts';
import type { CompiledFunction } from '../compile/compile-functions.ts';
import { createIncrementalCompiler, type Round } from '../dev/incremental-compiler.ts';
import { watchProject } from '../dev/watch-project.ts';
import { answersTo } from '../dryrun/find-function.ts';
import { renderFailure } from '../dryrun/render-outcome.ts';
import { runOnInstance } from '../dryrun/run-on-instance.ts';
import { CliError, renderDiagnostic } from '../errors.ts';
import type { CommandSpec, Context, Input } from './define-command.ts';

export const devCommand: CommandSpec = {
  name: 'dev',
  summary: 'watch the project: compile what changes, dry-run it if you like',
  args: [['[connection_id]', 'with --dryrun: connection to run it for']],
  options: [
    ['--dryrun <name>', 'dry-run this function at each change of it'],
    ['-e, --environment <name>', 'environment of the dry run (default: dev)'],
  ],
  async run(context, { args, options }) {
    const { dir, terminal } = context;
    const dryRuns = createDryRuns(context, { options, connection: args[0] });
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    // It is built by a service that is stopped afterwards, so before the one that watches begins.
    if (dryRuns) await guestProgram();
    const compiler = createIncrementalCompiler(dir);
    const watch = watchProject(dir);
    stop.signal.addEventListener('abort', watch.close, { once: true });
    let rounds = 0;
    const compile = async (changed?: Set<string>) => {
      const round = await compiler.compile(changed);
      if (stop.signal.aborted) return;
      if (rounds++ === 0 || isNews(round)) show(context, round);
      dryRuns?.onRound(round);
    };
    try {
      await compile();
      terminal.line('Watching; Ctrl-C ends it.');
      for (let changed = await watch.next(); changed; changed = await watch.next()) await compile(changed);
    } finally {
      watch.close();
      await dryRuns?.end();
      await compiler.dispose();
    }
    terminal.line('Stopped.');
    return { rounds };
  },
};

const isNews = ({ compiled, removed, diagnostics }: Round) => compiled.length + removed.length + diagnostics.length > 0;

function show({ dir, terminal }: Context, { compiled, removed, diagnostics, durationMs }: Round): void {
  for (const diagnostic of diagnostics) {
    terminal.line(renderDiagnostic(diagnostic));
    const { file, line, column, severity } = diagnostic;
    if (file === undefined || line === undefined || severity === 'warning') continue;
    for (const text of codeFrame(readSource(path.join(dir, file)), { line, column })) terminal.line(`  ${text}`);
  }
  for (const name of removed) terminal.line(`- ${name}`);
  for (const { entry, definition } of compiled.slice(0, 20))
    terminal.line(`✔ ${definition.type} ${entry.providerConfigKey}/${entry.name}`);
  if (compiled.length > 20) terminal.line(`✔ and ${compiled.length - 20} more`);
  const problems = diagnostics.filter(({ severity }) => severity === 'error').length;
  const state = problems === 0 ? 'compiled' : `${problems} problem${problems === 1 ? '' : 's'}`;
  terminal.line(`${new Date().toTimeString().slice(0, 8)}  ${state}, ${(durationMs / 1000).toFixed(1)} s`);
}

function readSource(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it was just removed
  }
}

interface DryRuns {
  onRound(round: Round): void;
  end(): Promise<void>;
}

/** One at a time: a newer version of the function ends the run of the older one. */
function createDryRuns(
  { dir, terminal, target }: Context,
  { options, connection }: { options: Input['options']; connection: string | undefined },
): DryRuns | undefined {
  const { dryrun: name, environment } = options;
  if (typeof name !== 'string') return undefined;
  if (connection === undefined)
    throw new CliError('missing_connection', 'For which connection?', {
      hint: `syncline dev --dryrun ${name} <connection>`,
    });
  const where = target(typeof environment === 'string' ? environment : undefined);
  const guests = createGuestPool({ size: 1 });
  let current = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function run(found: CompiledFunction, signal: AbortSignal): Promise<void> {
    try {
      const integration = found.entry.providerConfigKey;
      const outcome = await runOnInstance(
        { terminal, guests },
        { function: found, target: where, integration, connection: connection!, given: { signal } },
      );
      if (outcome.failure) for (const line of renderFailure(outcome.failure, dir)) terminal.line(line);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof CliError)) throw error;
      terminal.line(`✖ ${error.message}`);
      if (error.hint !== undefined) terminal.line(`  ${error.hint}`);
    }
  }

  return {
    onRound({ compiled }) {
      const found = compiled.find(({ entry }) => answersTo(entry, name));
      if (!found) return;
      current.abort();
      current = new AbortController();
      const { signal } = current;
      running = running.then(() => (signal.aborted ? undefined : run(found, signal)));
    },
    async end() {
      current.abort();
      await running;
      guests.close();
    },
  };
}
