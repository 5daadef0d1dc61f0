// `nango.log`: a message, a payload, options; and the threshold below which nothing crosses the pipe.
import { cutToBytes } from './cut-to-bytes.ts';
import type { HostCall } from './http.ts';

const order = ['debug', 'info', 'warn', 'error', 'off'] as const;
export type Level = (typeof order)[number];
const synonyms: Record<string, Level> = { verbose: 'debug', silly: 'debug', http: 'info' };
const maxPayloadBytes = 99_000;

export function toLevel(name: unknown): Level {
  const text = String(name).toLowerCase();
  return synonyms[text] ?? (order.includes(text as Level) ? (text as Level) : 'info');
}

/** One part of a message as text, whatever it is: `console.log` never throws. */
export function lineOf(part: unknown): string {
  if (typeof part === 'string') return part;
  if (part instanceof Error) return part.message;
  try {
    return jsonOf(part) ?? String(part);
  } catch {
    return '[unprintable]'; // a getter or toJSON of the script's own
  }
}

/** What a line shows of a value that JSON has no words for; errors have none of their own. */
function jsonOf(value: unknown): string | undefined {
  const open: { item: object; shown: object }[] = [];
  return JSON.stringify(value, function show(this: unknown, _key, item: unknown) {
    if (typeof item === 'bigint') return item.toString();
    if (typeof item !== 'object' || item === null) return item;
    while (open.length > 0 && open.at(-1)!.shown !== this) open.pop();
    if (open.some((holder) => holder.item === item)) return '[circular]';
    const shown = item instanceof Error ? { ...item, name: item.name, message: item.message } : item;
    open.push({ item, shown });
    return shown;
  });
}

/** Cut above 99,000 bytes, with a note; the call never fails for its size. */
function payloadOf(part: unknown): unknown {
  if (part === undefined) return undefined;
  const text = jsonOf(Array.isArray(part) ? { ...part } : part);
  if (text === undefined) return undefined;
  return Buffer.byteLength(text) > maxPayloadBytes
    ? { truncated: cutToBytes(text, maxPayloadBytes) }
    : (JSON.parse(text) as unknown);
}

const hasLevel = (part: unknown): part is { level: unknown } =>
  typeof part === 'object' && part !== null && 'level' in part;

/** @param threshold of the environment; `off` cannot be undone by a script */
export function createLog(call: HostCall, threshold: Level = 'info') {
  const logger: { level: Level } = { level: threshold };

  /** Resolves when the host has the line; a failing log store never fails a script. */
  async function log(...parts: unknown[]): Promise<void> {
    try {
      const last = parts.at(-1);
      const level = hasLevel(last) ? toLevel(last.level) : 'info';
      // An object alone is the message, even with a level of its own: there is nothing else to say.
      const [message, payload] = hasLevel(last) && parts.length > 1 ? parts.slice(0, -1) : parts;
      if (level === 'off' || order.indexOf(level) < order.indexOf(logger.level)) return;
      await call('log', { level, message: cutToBytes(lineOf(message), maxPayloadBytes), payload: payloadOf(payload) });
    } catch {
      // see above
    }
  }

  const setLogger = ({ level }: { level: unknown }) => {
    if (threshold !== 'off') logger.level = toLevel(level);
  };
  return { log, logger, setLogger };
}
