// The guest process: runs one function at a time for one environment, with no credential and no socket but this pipe.
import { Socket } from 'node:net';
import { createFrameReader, encodeFrame, type ToGuest } from '../protocol.ts';
import { preload } from './load-bundle.ts';
import { runFunction } from './run-function.ts';

const pipe = new Socket({ fd: 3, readable: true, writable: true });
const send = (header: object, body?: Buffer) => {
  for (const part of encodeFrame(header, body)) pipe.write(part);
};

const waiting = new Map<
  number,
  { resolve: (reply: { result: unknown; body: Buffer }) => void; reject: (error: unknown) => void }
>();
let calls = 0;

/** One call to the host. @throws the host's error with `code`, `status`, `payload` */
function call(
  method: string,
  args: Record<string, unknown>,
  body?: Buffer,
): Promise<{ result: unknown; body: Buffer }> {
  const id = ++calls;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    send({ t: 'call', id, method, args }, body);
  });
}

const read = createFrameReader<ToGuest>(({ header, body }) => {
  if (header.t === 'start') {
    runFunction({ start: header, js: body.toString(), call }).then(
      ({ output }) => send({ t: 'done' }, output === undefined ? undefined : Buffer.from(output)),
      (error) => send({ t: 'failed', error }),
    );
    return;
  }
  const pending = waiting.get(header.id);
  waiting.delete(header.id);
  if (header.error) {
    const { code, message, status, payload } = header.error;
    pending?.reject(Object.assign(new Error(message), { code, status, payload }));
  } else {
    pending?.resolve({ result: header.result, body });
  }
});

pipe.on('data', read);
pipe.on('close', () => process.exit(0)); // the host is gone: so is the reason to run
// A promise that the script dropped must not end the run; what it awaited fails there.
process.on('unhandledRejection', (reason) => {
  void call('log', {
    level: 'error',
    message: `Unhandled rejection: ${reason instanceof Error ? reason.message : String(reason)}`,
  }).catch(() => {});
});
preload();
send({ t: 'ready' });
