// The command line of the bars.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export interface BarOptions {
  /** Timings are told, not judged: beside other tests they say little. */
  untimed?: boolean;
  /** Everything that is left to chance comes from it. */
  seed: number;
  /** The form that takes long. */
  long: boolean;
  port: number;
}

export interface Options extends BarOptions {
  /** undefined: the table of all. */
  id: string | undefined;
}

export const usage = `Usage: npm run bar -- <id> [--long] [--seed N] [--port N]
       npm run bar -- --all    the table of all bars, nothing is run

Ends with 0 when the bar holds, 1 when it does not, 2 when it could not be tried. The last line is the figure.`;

/** @throws Error with a sentence for people */
export function parseOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      seed: { type: 'string' },
      port: { type: 'string', default: '3320' },
    },
  });
  const [id, more] = positionals;
  if ((id === undefined) !== values.all || more !== undefined) throw new Error('Name one bar, or --all.');
  const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw new Error('--seed is a whole number.');
  return { id, seed, long: values.long, port: Number(values.port) };
}
