// The instance under test: its own, in a temporary folder that is gone afterwards.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../embedded/free-port.ts';
import type { Print } from '../../embedded/print.ts';
import { startEmbedded } from '../../embedded/start-embedded.ts';

export interface TestInstance {
  host: string;
  key: string;
  stop(): Promise<void>;
}

export interface InstanceOptions {
  /** Where all outbound traffic goes. */
  egressTo: string;
  /** Puts further catalogue entries into a folder. */
  writeProviders(folder: string): void;
  /** Functions at the same time. */
  guests: number;
  verbose: boolean;
  signal: AbortSignal;
}

/** @throws after telling the last lines that the instance printed */
export async function startInstance(options: InstanceOptions): Promise<TestInstance> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-conformance-'));
  chmodSync(folder, 0o711); // Postgres may run as another user and must pass through
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const { print, tail } = quietPrint(options.verbose);
  try {
    options.writeProviders(join(folder, 'providers'));
    const port = await freePort();
    const embedded = await startEmbedded({
      env: {
        ...inherited(),
        SYNCLINE_ENV: 'test',
        SYNCLINE_DEMO: '0',
        SYNCLINE_PORT: String(port),
        SYNCLINE_DATA: join(folder, 'data'),
        SYNCLINE_PROVIDERS: join(folder, 'providers'),
        SYNCLINE_EGRESS_TO: options.egressTo,
        SYNCLINE_GUESTS: String(options.guests),
      },
      print,
      signal: options.signal,
    });
    const key = embedded.instance.environments.find(({ name }) => name === 'dev')?.secretKey;
    const stop = async () => {
      await embedded.stop();
      remove();
    };
    if (!key) {
      await stop();
      throw new Error('The instance gave no key of the environment dev.');
    }
    return { host: embedded.instance.url, key, stop };
  } catch (error) {
    if (!options.verbose) process.stderr.write(tail());
    remove();
    throw error;
  }
}

/** Settings of the caller's own instance must not leak into this one. */
function inherited(): Record<string, string | undefined> {
  const foreign = /^(SYNCLINE_|TEMPORAL_|DATABASE_URL$|PG)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function quietPrint(verbose: boolean): { print: Print; tail(): string } {
  const lines: string[] = [];
  const put = (text: string) => {
    lines.push(`${text}\n`);
    if (lines.length > 200) lines.shift();
    if (verbose) process.stderr.write(`${text}\n`);
  };
  const print: Print = {
    step: (name, text) => put(`${name}: ${text}`),
    warn: (name, text) => put(`${name}: ! ${text}`),
    error: put,
    line: (name, line) => put(`${name} | ${line}`),
    ready: ({ url }) => put(`ready at ${url}`),
  };
  return { print, tail: () => lines.join('') };
}
