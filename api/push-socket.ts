// The server's end of a WebSocket that only ever pushes short texts. What a client sends is read just far enough to answer its
// pings and its goodbye.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

export interface PushSocket {
  send(text: string): void;
  /** RFC 6455 section 7.4.1; 1000: there is nothing more to say. */
  close(code?: number): void;
  readonly closed: Promise<void>;
}

const pingEveryMs = 30_000;

const options = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  // No message from clients exists, so whatever is longer than a control frame may be is refused before it is collected.
  maxPayload: 125,
  /** A close is answered within this time, or the connection is cut. @types/ws does not know it. */
  closeTimeout: 2_000,
};
const server = new WebSocketServer(options);

export const isWebSocketRequest = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

/** @returns undefined when the request is no handshake; it was answered then */
export function acceptPushSocket(request: IncomingMessage, socket: Duplex): PushSocket | undefined {
  let accepted: PushSocket | undefined;
  server.handleUpgrade(request, socket, Buffer.alloc(0), (webSocket) => {
    accepted = open(webSocket);
  });
  return accepted; // the callback was called at once, or never will be
}

export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function open(socket: WebSocket): PushSocket {
  const pings = setInterval(() => socket.ping(), pingEveryMs);
  pings.unref();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve())).finally(() =>
    clearInterval(pings),
  );
  socket.on('error', () => {}); // whoever leaves or talks nonsense is not our trouble: a close follows
  return {
    send: (text) => socket.send(text, () => {}), // not to one that is gone
    close: (code = 1000) => socket.close(code),
    closed,
  };
}
