// The server's end of a WebSocket that only ever pushes short texts (RFC 6455): a handshake, text frames, pings, a close. What a
// client sends is read just far enough to answer its pings and its goodbye.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export interface PushSocket {
  send(text: string): void;
  /** RFC 6455 section 7.4.1; 1000: there is nothing more to say. */
  close(code?: number): void;
  readonly closed: Promise<void>;
}

const opcodes = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa };
/** RFC 6455 section 1.3 */
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const pingEveryMs = 30_000;
/** A close is answered within this time, or the connection is cut. */
const goodbyeMs = 2_000;

export const isWebSocketRequest = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

/** @returns undefined when the request is no handshake; it was answered then */
export function acceptPushSocket(request: IncomingMessage, socket: Duplex): PushSocket | undefined {
  socket.on('error', () => socket.destroy()); // whoever leaves is not our trouble
  const key = request.headers['sec-websocket-key'];
  const isHandshake = request.method === 'GET' && request.headers['sec-websocket-version'] === '13';
  if (!isHandshake || key === undefined || !/^[A-Za-z0-9+/]{22}==$/.test(key)) {
    refuseUpgrade(socket, '400 Bad Request');
    return undefined;
  }
  const accept = createHash('sha1')
    .update(key + guid)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  return open(socket);
}

export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function open(socket: Duplex): PushSocket {
  let closing = false;
  const pings = setInterval(() => write(opcodes.ping, Buffer.alloc(0)), pingEveryMs);
  pings.unref();
  const closed = new Promise<void>((resolve) => socket.once('close', resolve)).finally(() => clearInterval(pings));

  function write(opcode: number, payload: Buffer): void {
    if (socket.writable) socket.write(frame(opcode, payload));
  }

  function close(code = 1000): void {
    if (closing) return;
    closing = true;
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    write(opcodes.close, payload);
    socket.end();
    setTimeout(() => socket.destroy(), goodbyeMs).unref();
  }

  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const read = readFrame(pending);
      if (read === 'incomplete') return;
      if (read === 'refused') return close(1008);
      pending = pending.subarray(read.sizeBytes);
      if (read.opcode === opcodes.ping) write(opcodes.pong, read.payload);
      if (read.opcode === opcodes.close) return close();
    }
  });
  socket.once('end', () => socket.destroy());
  return { send: (text) => write(opcodes.text, Buffer.from(text)), close, closed };
}

/** RFC 6455 section 5.2; not masked, not fragmented, at most 64 KB. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header =
    length < 126 ? Buffer.from([0x80 | opcode, length]) : Buffer.from([0x80 | opcode, 126, length >> 8, length & 0xff]);
  return Buffer.concat([header, payload]);
}

type Read = { opcode: number; payload: Buffer; sizeBytes: number } | 'incomplete' | 'refused';

/** No message from clients exists, so whatever is longer than a control frame may be is refused before it is collected. */
function readFrame(bytes: Buffer): Read {
  if (bytes.length < 2) return 'incomplete';
  const [first, second] = [bytes[0]!, bytes[1]!];
  const length = second & 0x7f;
  const isMasked = (second & 0x80) !== 0; // RFC 6455 section 5.1: a client must
  if (!isMasked || length > 125) return 'refused';
  const sizeBytes = 6 + length;
  if (bytes.length < sizeBytes) return 'incomplete';
  const mask = bytes.subarray(2, 6);
  const payload = Buffer.from(bytes.subarray(6, sizeBytes).map((byte, at) => byte ^ mask[at % 4]!));
  return { opcode: first & 0x0f, payload, sizeBytes };
}
