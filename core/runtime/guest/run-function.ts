// One execution of a function in this process: load, call, serialise the output or describe the failure.
import type { Start } from '../protocol.ts';
import { describeFailure } from './failure.ts';
import type { HostCall } from './http.ts';
import { loadBundle } from './load-bundle.ts';
import { createNango } from './nango.ts';

const maxOutputBytes = 2_000_000;

interface Execution {
  start: Start;
  js: string;
  call: HostCall;
}

/** @throws the described failure, ready for the wire */
export async function runFunction({ start, js, call }: Execution): Promise<{ output?: string }> {
  try {
    Object.assign(console, consoleTo(call));
    const { exec, legacy } = loadBundle(js, start.file);
    const { nango, settle } = createNango(start, call);
    // Code-first actions get `{}` for no input, legacy ones nothing.
    const input = start.hasInput ? start.input : legacy ? undefined : {};
    const result = start.kind === 'action' ? await exec(nango, input) : await exec(nango);
    await settle();
    if (start.kind !== 'action') return {};
    const output = JSON.stringify(result) ?? 'null';
    const size = Buffer.byteLength(output);
    if (size > maxOutputBytes) {
      throw {
        wire: {
          type: 'script_output_too_large',
          message: `The output has ${size} bytes.`,
          payload: { size, max: maxOutputBytes },
        },
      };
    }
    return { output };
  } catch (error) {
    throw (error as { wire?: unknown })?.wire ?? describeFailure(error, start.file);
  }
}

/** `console.*` goes to the run's log at its level. */
function consoleTo(call: HostCall): Partial<Console> {
  const at =
    (level: string) =>
    (...parts: unknown[]) => {
      const message = parts
        .map((part) => (typeof part === 'string' ? part : (JSON.stringify(part) ?? String(part))))
        .join(' ');
      void call('log', { level, message }).catch(() => {});
    };
  return { log: at('info'), info: at('info'), debug: at('debug'), warn: at('warn'), error: at('error') };
}
