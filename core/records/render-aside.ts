// Renders a chunk of rows in a thread of its own: opening and printing 10,000 records takes 100 ms of CPU, during which the
// process would answer nobody else. The thread starts with the first big chunk and ends when there was none for a while.
import { Worker } from 'node:worker_threads';
import type { Cipher } from '../crypto/key-ring.ts';
import { SynclineError } from '../errors.ts';
import type { StreamCursors } from './cursor.ts';
import type { PackedRow } from './packed-row.ts';
import { type RenderedRows, renderRows } from './render-records.ts';
import type { RenderAnswer, RenderJob } from './render-thread.ts';

/** Below this, handing over costs more than it gives. */
const minRows = 200;
const idleMs = 30_000;
/** Rows die young: with less room than a few chunks take, the survivors are copied again and again. */
const resourceLimits = { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 128 };

interface Thread {
  render(job: Omit<RenderJob, 'id'>, transfer: ArrayBuffer[]): Promise<RenderedRows>;
}

let thread: Thread | undefined;

export interface RenderAsideContext {
  cipher: Cipher;
  streamId: number;
  cursors: StreamCursors;
}

/** As `renderRows`. @throws SynclineError `undecryptable`; `unavailable` when the thread died */
export async function renderAside(
  context: RenderAsideContext,
  rows: readonly PackedRow[],
  separator: string,
): Promise<RenderedRows> {
  if (rows.length < minRows) return renderRows(context, rows, separator);
  thread ??= startThread(() => {
    thread = undefined;
  });
  const { bytes, lengths } = pack(rows.flat());
  const { cipher, streamId, cursors } = context;
  const job = { keys: cipher.keys, streamId, cursors: cursors.openedWith, bytes, lengths, separator };
  return await thread.render(job, [bytes, lengths.buffer]);
}

/** Copied once, because the driver's buffers are parts of what came from the socket and cannot change hands. */
function pack(parts: readonly Buffer[]): { bytes: ArrayBuffer; lengths: Uint32Array<ArrayBuffer> } {
  const lengths = Uint32Array.from(parts, (part) => part.length);
  const all = Buffer.allocUnsafeSlow(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const part of parts) at += part.copy(all, at);
  return { bytes: all.buffer, lengths };
}

function startThread(onEnd: () => void): Thread {
  const worker = new Worker(new URL('./render-thread.ts', import.meta.url), { execArgv: [], env: {}, resourceLimits });
  const waiting = new Map<number, PromiseWithResolvers<RenderedRows>>();
  let jobs = 0;
  let idle: NodeJS.Timeout | undefined;
  worker.unref();

  function end(cause: unknown): void {
    onEnd();
    for (const { reject } of waiting.values()) reject(cause);
    waiting.clear();
  }
  const died = (cause?: unknown) =>
    new SynclineError('unavailable', 'The records could not be rendered.', { status: 503, retryable: true, cause });

  worker.on('error', (error) => end(died(error)));
  worker.on('exit', () => end(died()));
  worker.on('message', ({ id, rendered, error }: RenderAnswer) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (rendered) resolve?.({ ends: rendered.ends, bytes: Buffer.from(rendered.bytes) });
    if (error) reject?.(new SynclineError(error.code, error.message, error.details));
    if (waiting.size > 0) return;
    idle = setTimeout(() => {
      onEnd();
      void worker.terminate();
    }, idleMs);
    idle.unref();
  });

  return {
    render(job, transfer) {
      clearTimeout(idle);
      const answer = Promise.withResolvers<RenderedRows>();
      const id = ++jobs;
      waiting.set(id, answer);
      worker.postMessage({ ...job, id } satisfies RenderJob, transfer);
      return answer.promise;
    },
  };
}
