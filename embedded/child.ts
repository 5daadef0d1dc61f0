// A child of our own: a Node process that says `{type: 'ready', …}` when it serves and drains on SIGTERM.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Env } from '../core/config/parse-config.ts';
import type { ProcessSpec } from './supervise.ts';

export interface ChildOptions<T> {
  name: string;
  /** The file that Node runs. */
  entry: string;
  nodeFlags?: readonly string[];
  env: Env;
  dataDir: string;
  /** The ready message, checked: it crosses a process border. */
  parse(message: unknown): T;
}

export function nodeChild<T>({ name, entry, nodeFlags = [], env, dataDir, parse }: ChildOptions<T>): ProcessSpec<T> {
  return {
    name,
    // The title tells instances apart in `ps`, and a later start which processes were ours.
    spawn: () =>
      spawn(process.execPath, [`--title=syncline ${name} ${dataDir}`, ...nodeFlags, entry], {
        env: env as NodeJS.ProcessEnv,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        detached: true, // Ctrl-C reaches us alone; we stop the children in order
      }),
    ready: (child, gone) => readyMessage(child, gone).then(parse),
    stopWithinMs: 8000,
  };
}

function readyMessage(child: ChildProcess, gone: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready')
        resolve(message);
    });
    gone.addEventListener('abort', () => reject(gone.reason));
  });
}
