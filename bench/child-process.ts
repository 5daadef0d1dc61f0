// A Node process of the benchmark: what it is told goes in as one argument of JSON, what it finds comes out as messages.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface Child {
  pid: number;
  /** Its first message. */
  ready: unknown;
  stop(): Promise<void>;
}

/** Starts it and waits for its first message. @throws Error when it ends instead */
export async function startChild(file: string, args: string[]): Promise<Child> {
  const child = fork(file, args, {
    execPath: process.execPath,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { pid: child.pid!, ready: await firstMessage(child, file), stop };
}

/** Runs it to its end. @returns its message */
export async function runChild<T>(file: string, input: unknown, onPid: (pid: number) => void): Promise<T> {
  const child = fork(file, [JSON.stringify(input)], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  onPid(child.pid!);
  const answer = (await firstMessage(child, file)) as T;
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return answer;
}

const firstMessage = (child: ChildProcess, file: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code, signal) => reject(new Error(`${file} ended with ${signal ?? code}.`)));
  });
