// `nango.log`: a message, a payload, options; and the threshold below which nothing crosses the pipe.
import type { HostCall } from './http.ts';

const order = ['debug', 'info', 'warn', 'error', 'off'] as const;
type Level = (typeof order)[number];
const synonyms: Record<string, Level> = { verbose: 'debug', silly: 'debug', http: 'info' };
const maxPayloadBytes = 99_000;

const toLevel = (name: unknown): Level => {
  const text = String(name).toLowerCase();
  return synonyms[text] ?? (order.includes(text as Level) ? (text as Level) : 'info');
};

function asText(part: unknown): string {
  if (typeof part === 'string') return part;
  if (part instanceof Error) return part.message;
  return JSON.stringify(part) ?? String(part);
}

function payloadOf(part: unknown): unknown {
  if (part === undefined) return undefined;
  const value = Array.isArray(part) ? { ...part } : part;
  const text = JSON.stringify(value);
  if (text === undefined) return undefined;
  return Buffer.byteLength(text) > maxPayloadBytes ? { truncated: text.slice(0, maxPayloadBytes) } : value;
}

export function createLog(call: HostCall) {
  const logger: { level: Level } = { level: 'info' };
  async function log(...parts: unknown[]): Promise<void> {
    const last = parts.at(-1);
    const hasOptions = typeof last === 'object' && last !== null && 'level' in last && parts.length > 1;
    const [message, payload] = hasOptions ? parts.slice(0, -1) : parts;
    const level = hasOptions ? toLevel((last as { level: unknown }).level) : 'info';
    if (order.indexOf(level) < order.indexOf(logger.level)) return;
    try {
      await call('log', {
        level: level === 'off' ? 'error' : level,
        message: asText(message),
        payload: payloadOf(payload),
      });
    } catch {
      // a failing log store never fails a script
    }
  }
  const setLogger = ({ level }: { level: unknown }) => {
    logger.level = toLevel(level);
  };
  return { log, logger, setLogger };
}
