// What `npm start` says: one line a step with the time since the start, or JSON lines for a log collector.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Instance } from './instance-file.ts';

export interface Print {
  /** Something finished or takes long. */
  step(process: string, text: string): void;
  warn(process: string, text: string): void;
  error(text: string): void;
  /** Several lines for people; nothing for a log collector. */
  text?(text: string): void;
  /** One line that a child wrote. */
  line(process: string, line: string): void;
  ready(instance: Instance, files: { instance: string; data: string }): void;
}

export interface PrintOptions {
  format: 'people' | 'json';
  write?: (text: string) => void;
  /** Keys are shown on a terminal only; elsewhere output ends in a log (R12). */
  terminal?: boolean;
}

export function createPrint({
  format,
  write = (text) => process.stdout.write(text),
  terminal = process.stdout.isTTY ?? false,
}: PrintOptions): Print {
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);

  if (format === 'json') {
    const put = (level: string, name: string, msg: string, more = {}) =>
      write(`${JSON.stringify({ level, time: new Date().toISOString(), process: name, msg, ...more })}\n`);
    return {
      step: (name, text) => put('info', name, text, { elapsedSeconds: Number(seconds()) }),
      warn: (name, text) => put('warn', name, text),
      error: (text) => put('error', 'supervisor', text),
      line: (name, line) => (line.startsWith('{') ? write(`${line}\n`) : put('info', name, line)),
      ready: ({ url, temporalUiUrl, processes }, files) =>
        put('info', 'supervisor', 'ready', {
          elapsedSeconds: Number(seconds()),
          url,
          temporalUiUrl,
          processes,
          instanceFile: files.instance,
        }),
    };
  }

  const say = (name: string, text: string) => write(`${seconds().padStart(7)} s  ${name.padEnd(9)}  ${text}\n`);
  return {
    step: say,
    warn: (name, text) => say(name, `! ${text}`),
    error: (text) => write(`\n${text}\n`),
    text: (text) => write(`${text}\n`),
    line: (name, line) => write(`${''.padStart(9)}  ${name.padEnd(9)}  | ${line}\n`),
    ready(instance, files) {
      const rows: [string, string][] = [['API', instance.url]];
      rows.push(['Dashboard', instance.dashboardUrl]);
      if (instance.temporalUiUrl) rows.push(['Temporal UI', instance.temporalUiUrl]);
      for (const { name, secretKey } of instance.environments) {
        rows.push([`Key of ${name}`, terminal ? (secretKey ?? 'chosen earlier') : `in ${files.instance}`]);
      }
      rows.push(['Data', files.data]);
      write(
        `\nSyncline is ready after ${seconds()} s. Ctrl-C stops it.\n${rows.map(([name, value]) => `  ${name.padEnd(14)}${value}\n`).join('')}\n`,
      );
    },
  };
}

/** Calls back with each line of a child's stream; a line without end is cut at 64 kB. */
export function eachLine(stream: Readable | null, take: (line: string) => void): void {
  if (!stream) return;
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on(
    'line',
    (line) => line && take(line.slice(0, 65_536)),
  );
}
