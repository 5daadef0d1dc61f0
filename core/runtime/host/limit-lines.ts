// A script that logs in a loop fills nobody's database: lines above the bound are counted, not kept.
import type { CallHandler } from './guest-process.ts';

const maxLines = 10_000;

/** Of one execution. */
export function limitLines(handle: CallHandler, max = maxLines): CallHandler {
  let lines = 0;
  return async (method, args, body) => {
    if (method !== 'log' || ++lines <= max) return handle(method, args, body);
    if (lines > max + 1) return {};
    const message = `This execution has logged ${max} lines: later ones are not kept.`;
    return handle('log', { level: 'warn', message }, Buffer.alloc(0));
  };
}
