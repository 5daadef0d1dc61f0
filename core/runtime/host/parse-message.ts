// What a guest says, checked before anything is done with it: the process may be in the hands of a hostile package.
import type { ToHost } from '../protocol.ts';

const maxFailureBytes = 1_000_000;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string');

/** @throws Error for anything that a guest of ours never says */
export function parseMessage(header: unknown): ToHost {
  if (isRecord(header) && isMessage(header)) return header as unknown as ToHost;
  throw new Error('a message that is none');
}

function isMessage({ t, id, method, args, error, spent }: Record<string, unknown>): boolean {
  switch (t) {
    case 'ready':
      return typeof spent === 'boolean';
    case 'call':
      return Number.isSafeInteger(id) && typeof method === 'string' && isRecord(args);
    case 'done':
      return true;
    case 'failed':
      return isRecord(error) && isFailure(error);
    default:
      return false;
  }
}

function isFailure({ type, message, upstream, frames, ...rest }: Record<string, unknown>): boolean {
  return (
    typeof type === 'string' &&
    /^[\w.-]{1,100}$/.test(type) &&
    typeof message === 'string' &&
    (upstream === undefined || (isRecord(upstream) && isRecord(upstream['headers']))) &&
    (frames === undefined || isTexts(frames)) &&
    JSON.stringify({ message, upstream, frames, ...rest }).length <= maxFailureBytes
  );
}
