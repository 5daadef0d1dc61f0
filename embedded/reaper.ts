// Ends our processes when the supervisor itself is killed: a shell that waits for its input to close, which SIGKILL cannot avoid.
import { type ChildProcess, spawn } from 'node:child_process';

export interface Reaper {
  /** All that live now, with the signal each one takes as "stop". */
  watch(processes: readonly { pid: number; signal: NodeJS.Signals }[]): void;
  /** After a clean stop: nothing is left to end. */
  dismiss(): void;
}

// The last line read counts: "SIGNAL pid SIGNAL pid …".
const script =
  'while read -r line; do all=$line; done; set -- $all; while [ $# -gt 1 ]; do kill -s "$1" "$2"; shift 2; done';

export function startReaper(): Reaper {
  const shell: ChildProcess = spawn('/bin/sh', ['-c', script, 'syncline-reaper'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // it outlives what kills our whole group
    cwd: '/',
    env: {},
  });
  shell.on('error', () => {}); // without it, a later start still ends what was left
  shell.stdin?.on('error', () => {});
  shell.unref();
  const write = (line: string) => shell.stdin?.writable && shell.stdin.write(`${line}\n`);
  return {
    watch: (processes) => void write(processes.map(({ pid, signal }) => `${signal.slice(3)} ${pid}`).join(' ')),
    dismiss() {
      write('');
      shell.stdin?.end();
    },
  };
}
