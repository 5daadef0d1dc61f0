// Writes a reply, plainly or with faults of time, connection and framing; says whether it can have arrived whole.
import type { ServerResponse } from 'node:http';
import type { Reply } from '../reply.ts';
import type { Delivery } from '../served-log.ts';
import type { Fault } from './fault.ts';
import { sendRaw, type Wire } from './send-raw.ts';
import { waitUnlessGone } from './wait-unless-gone.ts';

export async function sendReply(response: ServerResponse, reply: Reply, fault: Fault): Promise<Delivery> {
  const socket = response.socket;
  if (!socket || socket.destroyed) return 'broken';
  if (fault.resetBeforeHeaders || fault.refuseForMs !== undefined) {
    socket.resetAndDestroy();
    return 'broken';
  }
  if (fault.noAnswer) return 'broken'; // the client's own deadline, or our close(), ends it
  if (fault.delayMs && !(await waitUnlessGone(response, fault.delayMs))) return 'broken';
  const wire =
    Buffer.isBuffer(reply.body) && response.req.method !== 'HEAD' ? describeWire(reply.body.length, fault) : undefined;
  return wire ? sendRaw(response, reply, wire) : sendWhole(response, reply);
}

async function sendWhole(response: ServerResponse, { status, headers, body }: Reply): Promise<Delivery> {
  const outcome = new Promise<Delivery>((resolve) => {
    response.once('finish', () => resolve('whole'));
    response.once('close', () => resolve('unknown'));
  });
  if (Buffer.isBuffer(body)) {
    const bodiless = status === 204 || status === 304;
    response.writeHead(status, bodiless ? headers : { ...headers, 'content-length': body.length });
    response.end(bodiless ? undefined : body);
    return outcome;
  }
  response.writeHead(status, { ...headers, 'content-length': body.lengthBytes });
  for (const chunk of body.chunks) {
    if (response.destroyed || response.req.method === 'HEAD') break;
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
  return outcome;
}

/** What to write by hand; undefined when node's own way will do. */
function describeWire(lengthBytes: number, fault: Fault): Wire | undefined {
  const amount = (wanted: number | 'half') => (wanted === 'half' ? Math.floor(lengthBytes / 2) : wanted);
  const framing = fault.closeDelimited
    ? 'close'
    : fault.chunked || fault.badChunk || fault.missingChunkEnd
      ? 'chunked'
      : 'length';
  const wire: Wire = {
    framing,
    lengthOffset: fault.badLength ?? 0,
    dripMs: fault.dripMs ?? 0,
    badChunk: fault.badChunk ?? false,
    missingChunkEnd: fault.missingChunkEnd ?? false,
    stop: undefined,
  };
  if (fault.cutAfterBytes !== undefined) wire.stop = { afterBytes: amount(fault.cutAfterBytes), by: 'fin' };
  if (fault.resetAfterBytes !== undefined) wire.stop = { afterBytes: amount(fault.resetAfterBytes), by: 'reset' };
  if (fault.stallAfterBytes !== undefined) wire.stop = { afterBytes: amount(fault.stallAfterBytes), by: 'silence' };
  if (fault.halfOpen) wire.stop = { afterBytes: amount('half'), by: 'half-close' };
  const plain = framing === 'length' && !wire.stop && wire.lengthOffset === 0 && wire.dripMs === 0;
  return plain ? undefined : wire;
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
  });
}
