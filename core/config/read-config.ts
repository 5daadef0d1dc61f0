// For the entry points of child processes: the configuration, or the table on stderr and an exit that nobody retries.
import { fromUnknown } from '../errors.ts';
import { type Config, parseConfig } from './parse-config.ts';

/** EX_CONFIG of sysexits.h: the supervisor stops everything and shows the last lines instead of starting the child again. */
export const fatalExitCode = 78;

export function readConfig(): Config {
  try {
    return parseConfig(process.env);
  } catch (cause) {
    process.stderr.write(`${fromUnknown(cause).message}\n`);
    process.exit(fatalExitCode);
  }
}
