// Evaluated anew in each realm, before the script: its globals and modules, and the run. Two runs share nothing of it.
import './realm-globals.ts';
import './accept-node-objects.ts';
import type { Failed } from '../protocol.ts';
import { abortRun } from './abort.ts';
import type { Execution, Realm } from './bridge.ts';
import { describeFailure } from './failure.ts';
import { given } from './given.ts';
import { createHostCalls } from './host-calls.ts';
import { createRequire } from './load-bundle.ts';
import { emit } from './realm-process.ts';
import { runFunction } from './run-function.ts';
import { timers } from './timers.ts';

/** The script took from us what we describe failures with. */
const broken: Failed['error'] = {
  type: 'script_internal_error',
  message: 'The function replaced globals that its own realm needs.',
  payload: {},
};

export const realm = createRealm();

function createRealm(): Realm {
  const requireModule = createRequire(given, timers.functions);
  const { call, settle } = createHostCalls(given);
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {}); // there may be no run any more

  async function execute({ start, js, load, end }: Execution): Promise<void> {
    const bundle = { file: start.file, js };
    const escaped = failed.catch((error: unknown) => {
      throw describeFailure(error, bundle);
    });
    try {
      end(await Promise.race([runFunction({ start, bundle, load, requireModule, call }), escaped]));
    } catch (error) {
      // Looked at without any global: the script may have replaced them.
      end({ error: typeof (error as Failed['error'])?.type === 'string' ? (error as Failed['error']) : broken });
    }
  }

  return {
    parse: JSON.parse,
    run: (execution) => void execute(execution),
    reply: settle,
    abort: abortRun,
    fail,
    unhandled(reason, promise) {
      if (!(promise instanceof Promise)) return; // of an earlier run's realm
      const message = `Unhandled rejection: ${reason instanceof Error ? reason.message : String(reason)}`;
      void call('log', { level: 'error', message }).catch(() => {});
      emit('unhandledRejection', reason);
    },
    close: timers.clearAll,
  };
}
