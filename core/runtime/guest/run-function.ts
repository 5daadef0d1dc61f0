// One execution of a function in its realm: load, call, serialise the output or describe the failure.
import { maxOutputBytes, type Start } from '../protocol.ts';
import type { ModuleBody } from './bridge.ts';
import { type Bundle, describeFailure } from './failure.ts';
import type { HostCall } from './http.ts';
import { loadBundle, notAvailable } from './load-bundle.ts';
import { createNango } from './nango.ts';
import { frameOf, ownFrames } from './source-positions.ts';
import { triggerOf } from './trigger.ts';
import { payloadOf } from './webhook-payload.ts';

interface FunctionRun {
  start: Start;
  bundle: Bundle;
  /** Evaluates the bundle in this realm. */
  load(): ModuleBody;
  requireModule(name: string): unknown;
  call: HostCall;
}

/** @throws the described failure, ready for the wire */
export async function runFunction({
  start,
  bundle,
  load,
  requireModule,
  call,
}: FunctionRun): Promise<{ output?: string }> {
  try {
    const { nango, settle } = createNango(start, call, bundle); // first: it also makes the globals that the bundle finds
    const { exec, form } = loadBundle(load, requireModule, start.kind);
    // Code-first actions get `{}` for no input, legacy ones nothing.
    const input = start.hasInput ? start.input : form === 'legacy' ? undefined : {};
    const second = form === 'createFunction' ? triggerOf(start) : start.kind === 'webhook' ? payloadOf(start) : input;
    const isAsked = start.kind === 'action' || start.kind === 'webhook' || form === 'createFunction';
    const result = isAsked ? await exec(nango, second) : await exec(nango);
    await settle();
    if (start.kind !== 'action') return {};
    const output = JSON.stringify(result) ?? 'null';
    const size = Buffer.byteLength(output);
    if (size > maxOutputBytes) throw { wire: tooLarge(size, frameOf(exec, bundle)) };
    return { output };
  } catch (thrown) {
    const error = isDynamicImport(thrown) ? notAvailable('import()') : thrown;
    const wire =
      (error as { wire?: object })?.wire ?? (isMemoryRefusal(error) ? outOfMemory : describeFailure(error, bundle));
    const { stacktrace } = ((wire as { payload?: unknown }).payload ?? {}) as { stacktrace?: string[] };
    const stack = error instanceof Error ? ownFrames(error.stack ?? '', bundle) : stacktrace;
    throw stack ? { ...wire, frames: placesOf(stack) } : wire;
  }
}

const tooLarge = (size: number, place: string[]) => ({
  type: 'script_output_too_large',
  message: `The output has ${size} bytes.`,
  payload: { size, max: maxOutputBytes, ...(place.length > 0 && { stacktrace: place }) },
});

/** Buffers are not in V8's heap: where there is no room for one, Node and V8 throw, and the process lives on. */
function isMemoryRefusal(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return (
    error instanceof RangeError &&
    (code === 'ERR_MEMORY_ALLOCATION_FAILED' || /^Array buffer allocation failed/.test(String(message)))
  );
}

/** The compiler makes imports part of the bundle or calls of `require`; what it cannot know, nobody can load here. */
const isDynamicImport = (error: unknown) =>
  (error as { code?: unknown } | undefined)?.code === 'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING';

const outOfMemory = {
  type: 'function_runtime_out_of_memory',
  message: 'The function asked for more memory than it may have.',
  payload: {},
};

const placesOf = (stack: readonly string[]) => stack.filter((line) => /^\s+at /.test(line)).map((line) => line.trim());
