// Lines of the script. Each has a place in the journal, so that a replayed attempt does not write it again.
import type { LogLevel } from '../../db/schema/logs.ts';
import type { Calls, RunContext } from './run-context.ts';

const empty = Buffer.alloc(0);

export function logCalls({ environment, logs, operationId, run }: RunContext): Calls {
  return {
    async log(args) {
      const { level, message, payload } = args as {
        level: LogLevel;
        message: string;
        payload?: Record<string, unknown>;
      };
      const slot = run?.journal.slot(`log|${level}|${message}`);
      if (slot && (await run?.journal.recall(slot))) return {};
      logs.message({
        environmentId: environment.environmentId,
        operationId,
        source: 'user',
        level,
        context: 'script',
        message: message.slice(0, 100_000),
        ...(payload !== undefined && payload !== null && { details: { payload } }),
      });
      if (slot) run?.journal.record(slot, empty);
      return {};
    },
  };
}
