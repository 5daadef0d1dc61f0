// Lines of the script. Each has a place in the journal, so that a replayed attempt does not write it again.
import type { LogLevel } from '../../db/schema/logs.ts';
import type { Calls, RunContext } from './run-context.ts';

const empty = Buffer.alloc(0);
const maxMessageLength = 100_000;
const levels: readonly string[] = ['debug', 'info', 'warn', 'error'] satisfies LogLevel[];

export function logCalls({ environment, facts, logs, operationId, journal }: RunContext): Calls {
  return {
    async log(args) {
      if (facts.logLevel === 'off') return {};
      const level = (levels.includes(String(args['level'])) ? args['level'] : 'info') as LogLevel;
      const message = String(args['message']).slice(0, maxMessageLength);
      const { payload } = args;
      const slot = journal?.slot(`log|${level}|${message}`);
      if (slot && (await journal?.recall(slot))) return {};
      logs.message({
        environmentId: environment.environmentId,
        operationId,
        source: 'user',
        level,
        context: 'script',
        message,
        ...(payload !== undefined && payload !== null && { details: { payload } }),
      });
      if (slot) journal?.record(slot, empty);
      return {};
    },
  };
}

/** A line of ours in the log of the execution. */
export function note(
  { logs, environment, operationId }: RunContext,
  level: 'warn' | 'error',
  message: string,
  details?: Record<string, unknown>,
): void {
  logs.message({
    environmentId: environment.environmentId,
    operationId,
    source: 'internal',
    level,
    context: 'script',
    message,
    ...(details && { details }),
  });
}
