// The command line of the benchmarks.
import { parseArgs } from 'node:util';

export const benchNames = ['sync', 'proxy', 'records', 'actions', 'tokens', 'sessions', 'start'] as const;
export type BenchName = (typeof benchNames)[number];

export interface Options {
  name: BenchName;
  rounds: number;
  /** Records of a sync, or of the stream that is read. */
  total: number;
  /** How long one side is measured in a round. */
  seconds: number;
  port: number;
  /** Also measure what an instance costs that does nothing: takes a minute. */
  idle: boolean;
  /** CPU profiles of our processes go there. */
  profile: string | undefined;
  verbose: boolean;
}

export const usage = `Usage: npm run bench -- ${benchNames.join('|')} [options]

  --rounds N     how often both sides are measured, alternating (default 3)
  --total N      records (default 100000)
  --seconds N    how long one side is measured in a round (default 10; not for sync, records and start)
  --idle         sync: also the memory of an instance that has done nothing for a minute
  --port N       of the instance that is started (default 3310)
  --profile DIR  write CPU profiles of our processes there (the figures then mean little)
  --verbose      show what the instance says`;

/** @throws Error with a sentence for people */
export function parseOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      total: { type: 'string', default: '100000' },
      seconds: { type: 'string', default: '10' },
      port: { type: 'string', default: '3310' },
      idle: { type: 'boolean', default: false },
      profile: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const name = benchNames.find((known) => known === positionals[0]);
  if (name === undefined || positionals.length > 1) throw new Error(`Name one of ${benchNames.join(', ')}.`);
  const { idle, profile, verbose } = values;
  return {
    name,
    rounds: wholeNumber(values.rounds, '--rounds', 1_000),
    total: wholeNumber(values.total, '--total', 10_000_000),
    seconds: wholeNumber(values.seconds, '--seconds', 3_600),
    port: wholeNumber(values.port, '--port', 65_535),
    idle,
    profile,
    verbose,
  };
}

function wholeNumber(text: string, name: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`${name} is a whole number from 1 to ${max}.`);
}
