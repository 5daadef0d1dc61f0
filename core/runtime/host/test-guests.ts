// For tests beside this file and the bar `sandbox`: scripts in real guests, and processes in the hands of somebody else.
import { startWith } from '../guest/test-guest.ts';
import type { FunctionKind } from '../protocol.ts';
import { type Fence, fencesOf } from './fences.ts';
import { type CallHandler, type Guest, type GuestLimits, ScriptFailure, spawnGuest } from './guest-process.ts';
import { guestProgram } from './guest-program.ts';

export const testLimits: GuestLimits = { heapMb: 64, computingMs: 60_000 };

export type Outcome = { output: unknown } | { failure: ScriptFailure['failure'] };

interface Script {
  handle?: CallHandler;
  kind?: FunctionKind;
  input?: unknown;
  file?: string;
}

/** @param body of `exec(nango, input)`; `z` and `require` are there */
export const bundleOf = (body: string) =>
  `"use strict"; const { z } = require('zod');\nexports.default = { type: 'action', exec: async (nango, input) => {${body}\n} };`;

export async function runScript(
  guest: Guest,
  body: string,
  { handle = async () => ({}), kind = 'action', input, file = 'crm/actions/try.js' }: Script = {},
): Promise<Outcome> {
  try {
    const start = startWith({ kind, file, hasInput: input !== undefined, input });
    const { output } = await guest.run(start, bundleOf(body), handle);
    return { output: output === undefined ? undefined : (JSON.parse(output) as unknown) };
  } catch (error) {
    if (error instanceof ScriptFailure) return { failure: error.failure };
    throw error;
  }
}

let strongest: Promise<Fence> | undefined;

/** The strongest fence of this machine. */
export async function testFence(limits: GuestLimits = testLimits): Promise<Fence> {
  const fences = await fencesOf(limits);
  strongest ??= (async () => {
    for (const fence of fences) {
      const started = await startGuest({ fence, limits }).catch(() => undefined);
      started?.kill();
      if (started) return fence;
    }
    throw new Error('no guest starts here');
  })();
  const { level } = await strongest;
  return fences.find((fence) => fence.level === level)!;
}

export async function startGuest({
  fence,
  limits = testLimits,
  nodeArgs,
}: {
  fence?: Fence;
  limits?: GuestLimits;
  nodeArgs?: readonly string[];
} = {}): Promise<Guest> {
  const behind = fence ?? (await testFence(limits));
  const options = { program: await guestProgram(), fence: behind, limits, ...(nodeArgs && { nodeArgs }) };
  return (await spawnGuest(options)).guest;
}

/**
 * A guest that is not ours any more: what a package can do that has left the realm and has all of Node.
 * @param attack CommonJS; runs when a run begins, with `pipe`, `send(header, body)` and `report(value)`
 */
export async function startHostile(
  attack: string,
  { fence, limits = testLimits, nodeArgs }: { fence?: Fence; limits?: GuestLimits; nodeArgs?: readonly string[] } = {},
): Promise<Guest> {
  const main = `
    exports.serve = () => {
      const pipe = new (require('node:net').Socket)({ fd: 3 });
      const send = (header, body = Buffer.alloc(0)) => {
        const json = Buffer.from(JSON.stringify(header));
        const head = Buffer.alloc(8);
        head.writeUInt32BE(4 + json.length + body.length, 0);
        head.writeUInt32BE(json.length, 4);
        pipe.write(Buffer.concat([head, json, body]));
      };
      const report = (value) => send({ t: 'done' }, Buffer.from(JSON.stringify(value) ?? 'null'));
      pipe.once('data', () => { ${attack}\n });
      send({ t: 'ready', spent: false });
    };`;
  const behind = fence ?? (await testFence(limits));
  const program = { main: Buffer.from(main), realm: Buffer.alloc(0) };
  return (await spawnGuest({ program, fence: behind, limits, ...(nodeArgs && { nodeArgs }) })).guest;
}
