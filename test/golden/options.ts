// The command line of the golden runner.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  golden: string;
  /** Where setup.jsonl and functions/ lie. */
  folder: string;
  /** Part of a line's name. */
  only: string | undefined;
  strict: boolean;
  verbose: boolean;
}

export const usage = `Usage: npm run golden -- [options]

  --golden FILE.jsonl  the lines to replay (default ../shared/golden/open.jsonl); setup.jsonl and functions/ are read
                       beside it, or else from the default's folder
  --only TEXT          lines whose name contains TEXT; the others' changes are made all the same
  --strict             our documented extra keys (error.request_id, error.hint) count as differences
  --verbose            show what the instance prints`;

const defaultFolder = resolve(import.meta.dirname, '..', '..', '..', 'shared', 'golden');

/** @throws Error with a sentence for people */
export function parseOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      golden: { type: 'string', default: join(defaultFolder, 'open.jsonl') },
      only: { type: 'string' },
      strict: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  const golden = resolve(values.golden);
  if (!existsSync(golden)) throw new Error(`${golden} does not exist; give the captures: --golden FILE.jsonl.`);
  const folder = [dirname(golden), defaultFolder].find((dir) => existsSync(join(dir, 'setup.jsonl')));
  if (folder === undefined) throw new Error(`There is no setup.jsonl beside ${golden}.`);
  return { golden, folder, only: values.only, strict: values.strict, verbose: values.verbose };
}
