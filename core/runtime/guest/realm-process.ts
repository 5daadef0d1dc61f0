// What a realm has for a `process`: what packages look at to find out where they are, and nothing of the real one.
import type { Bridge } from './bridge.ts';

type Listener = (...args: unknown[]) => void;

const listeners = new Map<string, Set<Listener>>();

/** Told to who listens in this realm. */
export function emit(event: string, ...args: unknown[]): boolean {
  const told = [...(listeners.get(event) ?? [])];
  for (const listener of told) listener(...args);
  return told.length > 0;
}

export function createRealmProcess({ facts, nextTick, now }: Bridge): Record<string, unknown> {
  const started = now();

  function on(event: string, listener: Listener): Record<string, unknown> {
    if (!listeners.has(event)) listeners.set(event, new Set());
    listeners.get(event)!.add(listener);
    return itself;
  }

  function off(event: string, listener: Listener): Record<string, unknown> {
    listeners.get(event)?.delete(listener);
    return itself;
  }

  function once(event: string, listener: Listener): Record<string, unknown> {
    const heard: Listener = (...args) => {
      off(event, heard);
      listener(...args);
    };
    return on(event, heard);
  }

  const hrtime = ([seconds = 0, nanoseconds = 0]: readonly number[] = []) => {
    const ns = Math.round(now() * 1e6) - (seconds * 1e9 + nanoseconds);
    return [Math.floor(ns / 1e9), ns % 1e9];
  };

  const itself: Record<string, unknown> = {
    ...facts,
    versions: { ...facts.versions },
    title: 'syncline-guest',
    pid: 1,
    env: {},
    argv: [],
    execArgv: [],
    cwd: () => '/',
    uptime: () => (now() - started) / 1000,
    hrtime: Object.assign(hrtime, { bigint: () => BigInt(Math.round(now() * 1e6)) }),
    nextTick: (callback: Listener, ...args: unknown[]) => nextTick(() => callback(...args)),
    emitWarning: () => {},
    on,
    once,
    off,
    addListener: on,
    removeListener: off,
    emit,
    listeners: (event: string) => [...(listeners.get(event) ?? [])],
    listenerCount: (event: string) => listeners.get(event)?.size ?? 0,
  };
  return itself;
}
