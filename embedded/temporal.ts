// The embedded workflow engine: a real Temporal server with its UI, in one process with one SQLite file.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TemporalBinary } from './find-temporal.ts';
import { freePort } from './free-port.ts';
import type { Print } from './print.ts';
import { diskFullSentence, type StartError } from './start-error.ts';
import { type Supervised, supervise } from './supervise.ts';
import { readIfThere, writeAtomically } from './write-file.ts';

export const searchAttributes = [
  'Environment',
  'Provider',
  'Integration',
  'ConnectionId',
  'SyncName',
  'SyncState',
  'LastRunStatus',
];

export interface TemporalOptions {
  /** Must exist. The server's file goes into `temporal` in it. */
  dataDir: string;
  binary: TemporalBinary;
  /** They must be free: others were told them before the server was there. */
  port: number;
  uiPort: number;
  namespace: string;
  /** Where the UI in a browser has payloads decoded. */
  codecEndpoint?: string | undefined;
  print: Print;
  signal?: AbortSignal | undefined;
  onPid?(pid: number | undefined): void;
  onFatal?(error: StartError): void;
}

export interface Temporal {
  address: string;
  uiUrl: string;
  process: Supervised<void>;
  stop(): Promise<void>;
}

/** Ready to serve when it resolves. @throws StartError */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const { dataDir, binary, port, uiPort, print, signal, onPid, onFatal } = options;
  const file = databaseFile(dataDir, binary.version);
  let httpPort = 0;
  signal?.throwIfAborted();
  const temporal = supervise<void>(
    {
      name: 'temporal',
      async spawn() {
        httpPort = await freePort({ taken: [port, uiPort] });
        return spawn(binary.path, serverArguments({ ...options, file, httpPort }), {
          cwd: join(dataDir, 'temporal'),
          // Only what it needs: its UI reads settings from the environment. GOGC: 20 MB less for some collecting.
          env: {
            PATH: process.env['PATH'],
            HOME: join(dataDir, 'temporal'),
            TMPDIR: process.env['TMPDIR'],
            GOGC: '50',
          },
          stdio: ['ignore', 'pipe', 'pipe'],
          detached: true, // Ctrl-C goes to the whole foreground group, and the engine must outlive the drain
        });
      },
      ready: (child, gone) => namespaceReady(httpPort, options.namespace, child, gone),
      stopWithinMs: 1200, // nothing is lost by the kill: SQLite's log is replayed
      shows: () => false, // warnings about every client that went away; the last lines are kept for a death
      hopeless: (lines) => diskFullSentence('the Temporal server', lines.join('\n')),
    },
    { print, ...(onPid && { onPid }), ...(onFatal && { onFatal }) },
  );
  const abort = () => void temporal.stop();
  signal?.addEventListener('abort', abort);
  try {
    await temporal.ready;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return { address: `127.0.0.1:${port}`, uiUrl: `http://127.0.0.1:${uiPort}`, process: temporal, stop: temporal.stop };
}

/** The file is not migrated from one server version to the next; the reconciler rebuilds it from Postgres. */
function databaseFile(dataDir: string, version: string): string {
  const folder = join(dataDir, 'temporal');
  const stamp = join(folder, 'version');
  const savedVersion = readIfThere(stamp);
  if (savedVersion !== undefined && savedVersion !== version) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (savedVersion !== version) writeAtomically(stamp, version);
  return join(folder, 'temporal.db');
}

function serverArguments({
  port,
  uiPort,
  httpPort,
  namespace,
  codecEndpoint,
  file,
}: TemporalOptions & { file: string; httpPort: number }): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
    ...['--http-port', String(httpPort), '--namespace', namespace, '--log-level', 'warn', '--db-filename', file],
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=OFF'],
    ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...[
      '--dynamic-config-value',
      'matching.useNewMatcher=true',
      '--dynamic-config-value',
      'matching.enableFairness=true',
    ],
    ...(codecEndpoint === undefined ? [] : ['--ui-codec-endpoint', codecEndpoint]),
  ];
}

/** DescribeNamespace over the server's HTTP port; a minute is a hundred times what it takes. */
async function namespaceReady(
  httpPort: number,
  namespace: string,
  _child: ChildProcess,
  gone: AbortSignal,
): Promise<void> {
  const url = `http://127.0.0.1:${httpPort}/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 50) {
    gone.throwIfAborted();
    try {
      const answer = await fetch(url, { signal: AbortSignal.any([gone, AbortSignal.timeout(5000)]) });
      await answer.arrayBuffer();
      if (answer.ok) return;
    } catch {
      // not listening yet
    }
    await sleep(50, undefined, { signal: gone });
  }
  throw new Error('The Temporal server did not answer within a minute.');
}
