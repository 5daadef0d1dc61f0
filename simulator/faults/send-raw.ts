// Writes an answer byte by byte on the socket, because node's own writer refuses to send the wrong ones.
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Reply } from '../reply.ts';
import type { Delivery } from '../served-log.ts';
import { waitUnlessGone } from './wait-unless-gone.ts';

export interface Wire {
  framing: 'length' | 'chunked' | 'close';
  lengthOffset: number;
  dripMs: number;
  badChunk: boolean;
  missingChunkEnd: boolean;
  stop: { afterBytes: number; by: 'fin' | 'reset' | 'silence' | 'half-close' } | undefined;
}

const drips = 20;

export async function sendRaw(response: ServerResponse, reply: Reply, wire: Wire): Promise<Delivery> {
  const socket = response.socket;
  const whole = reply.body;
  if (!socket || !Buffer.isBuffer(whole)) return 'broken';
  const stop = wire.stop && wire.stop.afterBytes < whole.length ? wire.stop : undefined;
  const body = stop ? whole.subarray(0, stop.afterBytes) : whole;

  await write(socket, renderHead(reply, whole.length + wire.lengthOffset, wire.framing));
  const pieceBytes = wire.dripMs > 0 ? Math.max(1, Math.ceil(body.length / drips)) : 64 * 1024;
  for (let sent = 0; sent < body.length; sent += pieceBytes) {
    if (wire.dripMs > 0 && !(await waitUnlessGone(response, wire.dripMs))) return 'unknown';
    await write(socket, frame(body.subarray(sent, sent + pieceBytes), wire));
  }
  if (stop) {
    stopBy(socket, stop.by);
    return 'broken';
  }
  const unfinished = wire.badChunk || wire.missingChunkEnd;
  if (wire.framing === 'chunked' && !unfinished) await write(socket, Buffer.from('0\r\n\r\n'));
  if (socket.destroyed) return 'unknown';
  socket.end();
  return unfinished || wire.lengthOffset !== 0 ? 'broken' : 'whole';
}

function renderHead({ status, headers }: Reply, length: number, framing: Wire['framing']): Buffer {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`];
  for (const [name, value] of Object.entries(headers)) for (const one of [value].flat()) lines.push(`${name}: ${one}`);
  if (framing === 'length') lines.push(`content-length: ${Math.max(0, length)}`);
  if (framing === 'chunked') lines.push('transfer-encoding: chunked');
  lines.push('connection: close', '', '');
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

function frame(piece: Buffer, { framing, badChunk }: Wire): Buffer {
  if (framing !== 'chunked') return piece;
  const size = badChunk ? 'zz' : piece.length.toString(16);
  return Buffer.concat([Buffer.from(`${size}\r\n`), piece, Buffer.from('\r\n')]);
}

/** Waits until the kernel has it: a reset right behind a write would take the bytes back. */
function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    socket.write(bytes, () => resolve());
  });
}

function stopBy(socket: Socket, by: NonNullable<Wire['stop']>['by']): void {
  if (by === 'fin') socket.destroySoon();
  if (by === 'reset') socket.resetAndDestroy();
  if (by === 'half-close') socket.end();
  // silence: the client's deadline, or our close(), ends it
}
