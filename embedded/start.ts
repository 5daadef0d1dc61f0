// `npm start`: everything in one command, until Ctrl-C or SIGTERM.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `Syncline needs Node 22.19 or later and this is ${process.versions.node}: run it with npm start, which brings Node 24.\n`,
  );
  process.exit(1);
}

// Types stripped and code compiled once per version of a file: 30 MB and half the time to load less, in every process.
enableCompileCache(join(homedir(), '.cache', 'syncline', 'node'));

// Only now: these files need that Node to load.
const { startEmbedded } = await import('./start-embedded.ts');
const { createPrint } = await import('./print.ts');
const { sentenceFor } = await import('./start-error.ts');
const { runDemo } = await import('./demo.ts');

const print = createPrint({ format: process.env['SYNCLINE_LOG'] === 'json' ? 'json' : 'people' });
process.stdout.on('error', () => {}); // the reader of our output went away; the instance stays

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // npm passes Ctrl-C on although the terminal has sent it already: the second one changes nothing.
  process.on(signal, () => {
    if (stopped.signal.aborted) return;
    print.step('supervisor', 'stopping');
    stopped.abort();
  });
}
const asked = new Promise<undefined>((resolve) => stopped.signal.addEventListener('abort', () => resolve(undefined)));

try {
  let hints: string | undefined;
  const embedded = await startEmbedded({
    env: process.env,
    print,
    signal: stopped.signal,
    afterReady: async (instance, { simulatorUrl }) => {
      hints = await runDemo({ instance, simulatorUrl, print });
    },
  });
  if (hints !== undefined) print.text?.(hints);
  const failure = await Promise.race([asked, embedded.fatal]);
  await embedded.stop();
  if (failure && !stopped.signal.aborted) throw failure;
} catch (error) {
  if (!stopped.signal.aborted) {
    print.error(sentenceFor(error));
    process.exit(1);
  }
}
print.step('supervisor', 'stopped');
process.exit(0);
