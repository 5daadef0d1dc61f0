// From the first step to the last: what was started is stopped in order, also when the start itself is interrupted.
import { StartError, sentenceFor } from './start-error.ts';

export interface Lifecycle {
  /** Aborts when stopping begins: for steps that have not become a process yet. */
  signal: AbortSignal;
  /** The first failure that ends the instance. */
  failed: Promise<StartError>;
  fail(error: StartError): void;
  /** Work in the background; its failure ends the instance. */
  task<T>(work: Promise<T>): Promise<T>;
  /** `children` stop before `stores`, because they drain into them. */
  keep(kind: 'children' | 'stores', stop: () => Promise<void>): void;
  /** `last` runs when nothing lives any more. Idempotent. */
  stop(last: () => void): Promise<void>;
}

export function createLifecycle(): Lifecycle {
  const aborter = new AbortController();
  const { promise: failed, resolve: fail } = Promise.withResolvers<StartError>();
  const tasks: Promise<unknown>[] = [];
  const stops = { children: [] as (() => Promise<void>)[], stores: [] as (() => Promise<void>)[] };
  const late: Promise<void>[] = [];
  let stopped: Promise<void> | undefined;

  async function stopOnce(last: () => void): Promise<void> {
    aborter.abort(new StartError('Stopped.'));
    await Promise.allSettled(stops.children.map((stop) => stop()));
    await Promise.allSettled(stops.stores.map((stop) => stop()));
    await Promise.allSettled(tasks);
    await Promise.allSettled(late);
    last();
  }

  return {
    signal: aborter.signal,
    failed,
    fail,
    task(work) {
      tasks.push(work);
      work.catch((cause: unknown) => {
        if (!aborter.signal.aborted)
          fail(cause instanceof StartError ? cause : new StartError(sentenceFor(cause), { cause }));
      });
      return work;
    },
    keep(kind, stop) {
      if (aborter.signal.aborted) late.push(stop());
      else stops[kind].push(stop);
    },
    stop: (last) => (stopped ??= stopOnce(last)),
  };
}
