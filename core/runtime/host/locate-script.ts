// Where a script is that does not come to its end. On SIGINT a guest prints the stack of what it computes, also in the middle of a
// loop without end (Node's `--trace-sigint`). A script that waits for a promise is on no stack, and V8 has no list of what
// waits: its place cannot be told.
import type { ChildProcess } from 'node:child_process';
import type { Bundle } from '../guest/failure.ts';
import { ownFrames } from '../guest/source-positions.ts';
import { signalInside } from './inner-process.ts';

/** The stack comes a line a write, one right after the other. */
const quietMs = 50;
const patienceMs = 300;

/** The guest is of no use afterwards. @returns the author's own frames, innermost first; empty when it was computing nothing */
export async function locateScript(child: ChildProcess, pid: number, bundle: Bundle): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let words = '';
  let quiet: NodeJS.Timeout | undefined;
  const hear = (chunk: Buffer) => {
    words += chunk.toString();
    clearTimeout(quiet);
    quiet = setTimeout(resolve, quietMs);
  };
  child.stderr?.on('data', hear);
  child.once('close', resolve);
  const late = setTimeout(resolve, patienceMs);
  signalInside(child, pid, 'SIGINT');
  await promise;
  for (const timer of [quiet, late]) clearTimeout(timer);
  child.stderr?.off('data', hear);
  child.off('close', resolve);
  return ownFrames(words, bundle).slice(1);
}
