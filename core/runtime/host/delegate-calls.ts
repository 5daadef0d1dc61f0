// Calls of a script for the work of others: `triggerAction`, `triggerSync`, `startSync`. In this process, not over HTTP; the
// script is answered as the HTTP call would be.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { RunMode } from '../../db/schema/syncs.ts';
import { fromUnknown, SynclineError } from '../../errors.ts';
import { startSyncs, triggerSyncs } from '../../syncs/commands.ts';
import type { SyncRef } from '../../syncs/find-syncs.ts';
import { journalled } from './journalled.ts';
import { parseArgs } from './parse-args.ts';
import type { CallResult, Calls, RunContext } from './run-context.ts';

/** Of functions that wait for each other: each holds a process meanwhile. */
const maxDepth = 5;

const name = z.string().regex(/^[a-zA-Z0-9_-]{1,255}$/, 'is no name of a function');

/** `name`, `name::variant`, `{name, variant}`. */
const syncRef = z.union([
  z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,255}(?:::[a-zA-Z0-9_-]{1,255})?$/, 'is no name of a sync')
    .transform((text): SyncRef => {
      const [of = '', variant = 'base'] = text.split('::');
      return { name: of, variant };
    }),
  z.object({ name, variant: name.default('base') }),
]);

const actionShape = z.object({
  providerConfigKey: z.string(),
  connectionId: z.string(),
  actionName: name,
  input: z.unknown().optional(),
});

const triggerShape = z.object({
  providerConfigKey: z.string(),
  connectionId: z.string(),
  sync: syncRef,
  options: z
    .union([
      z.object({ reset: z.boolean().optional(), emptyCache: z.boolean().optional() }),
      z.enum(['incremental', 'full_refresh', 'full_refresh_and_clear_cache']),
      z.boolean(),
    ])
    .nullish(),
});

const startShape = z.object({
  providerConfigKey: z.string(),
  syncs: z.array(syncRef),
  connectionId: z.string().nullish(),
});

/** Every form that `triggerSync` ever took, as the mode of the run. */
function modeOf(options: z.output<typeof triggerShape>['options']): RunMode {
  if (options === true || options === 'full_refresh') return 'reset';
  if (options === 'full_refresh_and_clear_cache') return 'reset_and_clear';
  if (typeof options !== 'object' || !options?.reset) return 'incremental';
  return options.emptyCache ? 'reset_and_clear' : 'reset';
}

export function delegateCalls(context: RunContext): Calls {
  const { environment, runAction, poke, signal, depth } = context;
  const { environmentId } = environment;

  /** As the API words it. Our own trouble is no answer: it is thrown, and asked again by the next attempt. */
  function refusalOf(cause: unknown) {
    const { code, message, status, payload, errors, upstream, hint } = fromUnknown(cause);
    if (signal.aborted || code === 'unavailable' || code === 'server_error') throw cause;
    const extras = { errors, payload, upstream, hint };
    const given = Object.entries(extras).filter(([, value]) => value !== undefined);
    return { code, message, status, body: { code, message, ...Object.fromEntries(given) } };
  }

  /** Known to later attempts, refusals too: the script went on from what it was told. */
  async function delegated(identity: unknown[], work: () => Promise<Buffer>): Promise<CallResult> {
    const known = await journalled(context.journal, identity, async () => {
      try {
        return Buffer.concat([answered, await work()]);
      } catch (error) {
        return Buffer.concat([refused, Buffer.from(JSON.stringify(refusalOf(error)))]);
      }
    });
    const body = known.subarray(1);
    return known[0] === refused[0] ? { result: { refused: JSON.parse(body.toString()) } } : { body };
  }

  return {
    async triggerAction(args) {
      const call = parseArgs('triggerAction', actionShape, args);
      const { providerConfigKey, connectionId, actionName, input } = call;
      const hash = createHash('sha256')
        .update(JSON.stringify(input) ?? '')
        .digest('base64');
      return delegated(['action', providerConfigKey, connectionId, actionName, hash], async () => {
        if (depth >= maxDepth) throw tooDeep();
        const { output } = await runAction({
          environment,
          providerConfigKey,
          connectionId,
          actionName,
          input,
          nested: { depth: depth + 1, signal },
        });
        return Buffer.from(output);
      });
    },
    async triggerSync(args) {
      const { providerConfigKey, connectionId, sync, options } = parseArgs('triggerSync', triggerShape, args);
      const mode = modeOf(options);
      return delegated(['trigger', providerConfigKey, connectionId, sync.name, sync.variant, mode], async () => {
        const wanted = { providerConfigKey, connectionId, syncs: [sync], mode };
        const { poke: ids, stop } = await triggerSyncs(environment, wanted);
        await Promise.all(ids.map((id) => poke.sync(environmentId, id, { stopRun: stop })));
        return none;
      });
    },
    async startSync(args) {
      const { providerConfigKey, connectionId, syncs } = parseArgs('startSync', startShape, args);
      return delegated(['start', providerConfigKey, connectionId ?? null, syncs], async () => {
        const { poke: ids } = await startSyncs(environment, {
          providerConfigKey,
          ...(typeof connectionId === 'string' && { connectionId }),
          syncs,
        });
        await Promise.all(ids.map((id) => poke.sync(environmentId, id)));
        return none;
      });
    },
  };
}

const none = Buffer.alloc(0);
const answered = Buffer.from([0]);
const refused = Buffer.from([1]);

const tooDeep = () =>
  new SynclineError('action_depth_exceeded', `Functions called each other ${maxDepth} levels deep.`, {
    status: 400,
    hint: 'An action that calls itself without end? Return data instead of calling on.',
  });
