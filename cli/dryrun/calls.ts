// What a guest asks its host for, by name: in a dry run the command line is the host.
import { SynclineError } from '../../core/errors.ts';
import type { CallHandler } from '../../core/runtime/host/guest-process.ts';

export interface CallResult {
  result?: unknown;
  body?: Buffer;
}

export type Args = Record<string, unknown>;
export type Calls = Record<string, (args: Args, body: Buffer) => Promise<CallResult>>;

export function toHandler(calls: Calls): CallHandler {
  return async (method, args, body) => {
    const call = Object.hasOwn(calls, method) ? calls[method] : undefined;
    if (!call) throw new SynclineError('unknown_call', `This function cannot call nango.${method}.`, { status: 400 });
    return call(args, body);
  };
}
