// What the script's globals mean in here: `console` is the run's log, `fetch` is `uncontrolledFetch`.
import { lineOf } from './log.ts';

interface Globals {
  log(...parts: unknown[]): Promise<void>;
  fetch: typeof globalThis.fetch;
}

/** Before the bundle is loaded: its modules may keep what they find. */
export function installGlobals({ log, fetch }: Globals): void {
  const at =
    (level: string) =>
    (...parts: unknown[]) =>
      void log(parts.map(lineOf).join(' '), { level });
  Object.assign(console, {
    log: at('info'),
    info: at('info'),
    debug: at('debug'),
    warn: at('warn'),
    error: at('error'),
  });
  Object.assign(globalThis, { fetch });
}
