// The host's end of a guest's pipe. Bounded both ways: a guest that floods is read no faster than its calls are done, one
// that never reads is not written to for ever.
import type { Duplex } from 'node:stream';
import { createFrameReader, encodeFrame, type ToGuest, type ToHost, writeFrame } from '../protocol.ts';
import { parseMessage } from './parse-message.ts';

export interface GuestLink {
  send(header: ToGuest, body?: Buffer): void;
  /** A call that was read is answered, or never will be. */
  callEnded(): void;
}

interface Ends {
  onMessage(message: ToHost, body: Buffer): void;
  /** It does not speak the protocol, does not read, or has closed its end. */
  onBroken(why: string): void;
}

const maxOpenCalls = 256;
const closedMs = 500;
/** Several of the largest answers at once. */
const maxUnreadBytes = 256 * 1024 * 1024;

export function createGuestLink(pipe: Duplex, { onMessage, onBroken }: Ends): GuestLink {
  let openCalls = 0;
  const read = createFrameReader<unknown>(({ header, body }) => {
    const message = parseMessage(header);
    if (message.t === 'call' && ++openCalls === maxOpenCalls) pipe.pause();
    onMessage(message, body);
  });
  pipe.on('data', (chunk: Buffer) => {
    try {
      read(chunk);
    } catch (error) {
      onBroken(`it sent ${(error as Error).message}`);
    }
  });
  pipe.on('error', () => {}); // `close` follows
  // As a rule because it has ended, which tells more.
  pipe.on('close', () => setTimeout(onBroken, closedMs, 'it closed its pipe').unref());
  return {
    send(header, body) {
      if (pipe.destroyed) return;
      writeFrame(pipe, encodeFrame(header, body));
      if (pipe.writableLength > maxUnreadBytes) onBroken('it does not read its answers');
    },
    callEnded() {
      if (openCalls-- === maxOpenCalls) pipe.resume();
    },
  };
}
