// A run's timers: none fires after its end. What `setTimeout` gives is an object of the realm, not Node's.
import type { Bridge } from './bridge.ts';
import { given } from './given.ts';

const promisify = Symbol.for('nodejs.util.promisify.custom');

type Callback = (...args: unknown[]) => void;

function assertCallback(callback: unknown): asserts callback is Callback {
  if (typeof callback === 'function') return;
  const message = 'The "callback" argument must be of type function.';
  throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

export const timers = createTimers(given);

function createTimers({ timers: node }: Pick<Bridge, 'timers'>) {
  const open = new Map<number, Timer>();
  let last = 0;

  class Timer {
    readonly #id = ++last;
    readonly #start: () => () => void;
    #stop: () => void;

    constructor(start: (timer: Timer) => () => void) {
      this.#start = () => start(this);
      this.#stop = this.#start();
      open.set(this.#id, this);
    }
    ref(): this {
      return this;
    }
    unref(): this {
      return this; // the process lives by its pipe alone
    }
    hasRef(): boolean {
      return true;
    }
    refresh(): this {
      this.#stop();
      this.#stop = this.#start();
      open.set(this.#id, this);
      return this;
    }
    close(): this {
      this.#stop();
      open.delete(this.#id);
      return this;
    }
    fired(): void {
      open.delete(this.#id);
    }
    [Symbol.toPrimitive](): number {
      return this.#id;
    }
    [Symbol.dispose](): void {
      this.close();
    }
  }

  function setTimeout(callback: Callback, ms?: number, ...args: unknown[]): Timer {
    assertCallback(callback);
    return new Timer((timer) => {
      const handle = node.setTimeout(() => {
        timer.fired();
        callback(...args);
      }, ms);
      return () => node.clearTimeout(handle);
    });
  }

  function setInterval(callback: Callback, ms?: number, ...args: unknown[]): Timer {
    assertCallback(callback);
    return new Timer(() => {
      const handle = node.setInterval(() => callback(...args), ms);
      return () => node.clearTimeout(handle);
    });
  }

  function setImmediate(callback: Callback, ...args: unknown[]): Timer {
    assertCallback(callback);
    return new Timer((timer) => {
      const handle = node.setImmediate(() => {
        timer.fired();
        callback(...args);
      });
      return () => node.clearImmediate(handle);
    });
  }

  function clear(timer: unknown): void {
    if (timer instanceof Timer) timer.close();
    else open.get(Number(timer))?.close();
  }

  Object.defineProperty(setTimeout, promisify, {
    value: (ms: number, value: unknown) => new Promise((resolve) => setTimeout(() => resolve(value), ms)),
  });
  Object.defineProperty(setImmediate, promisify, {
    value: (value: unknown) => new Promise((resolve) => setImmediate(() => resolve(value))),
  });
  return {
    functions: {
      setTimeout,
      setInterval,
      setImmediate,
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: clear,
    },
    clearAll(): void {
      for (const timer of open.values()) timer.close();
    },
  };
}
