// A dry run against an instance, told while it runs: for `dryrun`, and for `dev` at each change.
import type { GuestPool } from '../../core/runtime/host/guest-pool.ts';
import type { CompiledFunction } from '../compile/compile-functions.ts';
import type { Target } from '../project/resolve-target.ts';
import type { Terminal } from '../terminal.ts';
import { type DryRun, dryRun, kindOf } from './engine.ts';
import { type LivePlatform, openInstancePlatform } from './instance-platform.ts';
import { createInstance } from './instance-request.ts';
import type { Outcome } from './outcome.ts';
import type { Platform } from './platform.ts';
import { renderEvent } from './render-event.ts';
import { renderOutcome } from './render-outcome.ts';

/** What a person says of a run. */
export type Given = Pick<
  DryRun,
  'input' | 'metadata' | 'checkpoint' | 'lastSyncDate' | 'variant' | 'validate' | 'signal'
>;

interface OnInstance {
  function: CompiledFunction;
  target: Target;
  integration: string;
  connection: string;
  given: Given;
  logLevel?: Platform['rules']['logLevel'];
  /** Stands between the run and the instance. */
  through?: (live: LivePlatform) => Platform;
}

/** @throws CliError (exit code 12) when there is no run to speak of; a script's failure is an outcome */
export async function runOnInstance(
  { terminal, guests }: { terminal: Terminal; guests: GuestPool },
  { function: found, target, integration, connection, given, logLevel, through = (live) => live }: OnInstance,
): Promise<Outcome> {
  const instance = createInstance(target);
  const { environment, url } = target;
  try {
    const where = { environment, integration, connection, ...(logLevel && { logLevel }) };
    const live = await openInstancePlatform(instance, where);
    terminal.line(`${kindOf(found)} ${integration}/${found.entry.name} for ${connection}, ${environment} at ${url}`);
    const outcome = await dryRun(guests, {
      ...given,
      function: found,
      platform: through(live),
      tell: (event) => terminal.line(renderEvent(event)),
    });
    terminal.line();
    for (const line of renderOutcome(outcome)) terminal.line(line);
    return outcome;
  } finally {
    instance.close();
  }
}
