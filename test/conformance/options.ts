// The command line of the suite.
import { parseArgs } from 'node:util';
import { type Mode, modes } from './corpus.ts';

export interface Options {
  corpus: string;
  mode: Mode;
  /** Part of a pair's id. */
  only: string | undefined;
  listed: boolean;
  report: string | undefined;
  parallel: number;
  /** How long one run may take. */
  timeoutMs: number;
  /** Decide about deletes that the guard holds. */
  confirmDeletes: boolean;
  /** An instance that runs already; absent: the suite starts its own. */
  running: { host: string; key: string; fakePort: number } | undefined;
  /** Only write the provider entries there, for an instance that somebody else starts. */
  writeProviders: string | undefined;
  /** Show what the instance says. */
  verbose: boolean;
}

export const usage = `Usage: npm run conformance -- --corpus DIR [options]

  --mode MODE        ${modes.join(' | ')} (default single)
  --only TEXT        pairs whose id contains TEXT
  --listed           the hand-picked pairs only
  --report FILE      write the JSON report there
  --parallel N       pairs at the same time (default 4)
  --confirm-deletes  answer "delete" when a run ends with its deletes held by the guard, and say so in the report;
                     without it such a run is a failure
  --timeout SECONDS  of one run (default 180)
  --verbose          show what the instance prints

An instance that runs already (started with SYNCLINE_ENV=test, SYNCLINE_EGRESS_TO=http://127.0.0.1:PORT and
SYNCLINE_PROVIDERS=FOLDER, where the entries come from --write-providers FOLDER):

  --host URL --key KEY --fake-port PORT
  --write-providers FOLDER`;

/** @throws Error with a sentence for people */
export function parseOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      corpus: { type: 'string' },
      mode: { type: 'string', default: 'single' },
      only: { type: 'string' },
      listed: { type: 'boolean', default: false },
      report: { type: 'string' },
      parallel: { type: 'string', default: '4' },
      timeout: { type: 'string', default: '180' },
      'confirm-deletes': { type: 'boolean', default: false },
      host: { type: 'string' },
      key: { type: 'string' },
      'fake-port': { type: 'string' },
      'write-providers': { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  if (values.corpus === undefined) throw new Error('Give the folder of the corpus: --corpus DIR.');
  const mode = modes.find((name) => name === values.mode);
  if (mode === undefined) throw new Error(`--mode is one of ${modes.join(', ')}.`);
  const { host, key } = values;
  if (host !== undefined && (key === undefined || values['fake-port'] === undefined)) {
    throw new Error('--host needs --key and --fake-port as well.');
  }
  return {
    corpus: values.corpus,
    mode,
    only: values.only,
    listed: values.listed,
    report: values.report,
    parallel: wholeNumber(values.parallel, '--parallel', 64),
    timeoutMs: wholeNumber(values.timeout, '--timeout', 3_600) * 1000,
    confirmDeletes: values['confirm-deletes'],
    running:
      host === undefined
        ? undefined
        : {
            host: host.replace(/\/$/, ''),
            key: key ?? '',
            fakePort: wholeNumber(values['fake-port'] ?? '', '--fake-port', 65_535),
          },
    writeProviders: values['write-providers'],
    verbose: values.verbose,
  };
}

function wholeNumber(text: string, name: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`${name} is a whole number from 1 to ${max}.`);
}
