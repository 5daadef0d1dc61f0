// Faults of the body itself: the wrong thing in it, or the right thing wrongly coded. From a reply to a worse reply.
import { gzipSync } from 'node:zlib';
import { html, json, type Reply } from '../reply.ts';
import type { Delivery } from '../served-log.ts';
import type { Fault } from './fault.ts';

const errorPage =
  '<!doctype html><html><head><title>Oops</title></head><body><h1>We will be back soon</h1></body></html>';
const bombBlockBytes = 16 * 1024 * 1024;
const bombBlocks = 16;

/** The reply instead of the handler's: `status`, and nothing was done. */
export function replaceReply(fault: Fault, nowMs = Date.now()): Reply {
  const status = fault.status ?? 200;
  const headers = resolveDates(fault.headers ?? {}, nowMs);
  if (fault.html) return html(status, errorPage, headers);
  if (typeof fault.body === 'string') return { status, headers, body: Buffer.from(fault.body) };
  return json(status, fault.body ?? { error: { code: 'simulated', message: `Simulated ${status}.` } }, headers);
}

export function distortBody(reply: Reply, fault: Fault): Reply {
  const headers = { ...reply.headers, ...resolveDates(fault.headers ?? {}, Date.now()) };
  const { rows: _rows, ...rest } = reply;
  const without = { ...rest, headers }; // its rows are not in what goes out
  if (fault.html) return html(reply.status, errorPage, { ...headers, 'content-type': 'text/html; charset=utf-8' });
  if (fault.emptyBody) return { ...without, body: Buffer.alloc(0) };
  if (fault.errorBody) return json(200, { error: { code: 'internal', message: 'Something went wrong.' } });
  if (fault.body !== undefined) {
    return { ...without, body: Buffer.from(typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body)) };
  }
  if (!Buffer.isBuffer(reply.body)) return { ...reply, headers };
  if (fault.gzip === 'bomb') return { ...without, headers: { ...headers, 'content-encoding': 'gzip' }, body: bomb() };

  let body: Buffer = reply.body;
  if (fault.truncatedJson) body = body.subarray(0, Math.floor(body.length / 2));
  if (fault.duplicateKeys) body = splice(body, '"id":"overwritten","id":', '"id":');
  if (fault.deepJson)
    body = splice(body, `"deep":${'['.repeat(fault.deepJson)}${']'.repeat(fault.deepJson)},"id":`, '"id":');
  if (fault.wrongCharset) headers['content-type'] = 'application/json; charset=utf-16le';
  if (fault.gzip) {
    headers['content-encoding'] = 'gzip';
    body = damageGzip(body, fault.gzip);
  }
  return { ...reply, headers, body };
}

/** Whether a client can have read the rows of such a body. Undefined: this is not what hinders it. */
export function bodyDelivery(fault: Fault): Delivery | undefined {
  if (fault.truncatedJson || (fault.gzip !== undefined && fault.gzip !== 'valid')) return 'broken';
  if (fault.duplicateKeys || fault.deepJson || fault.wrongCharset) return 'unknown';
  return undefined;
}

function splice(body: Buffer, replacement: string, wanted: string): Buffer {
  return Buffer.from(body.toString('utf8').replace(wanted, () => replacement));
}

function damageGzip(body: Buffer, how: NonNullable<Fault['gzip']>): Buffer {
  if (how === 'mislabelled') return body;
  const zipped = gzipSync(body);
  if (how === 'truncated') return zipped.subarray(0, Math.floor(zipped.length / 2));
  // The last 8 bytes are CRC-32 and length (RFC 1952 section 2.3.1).
  if (how === 'badCrc') zipped.writeUInt32LE((zipped.readUInt32LE(zipped.length - 8) ^ 1) >>> 0, zipped.length - 8);
  return zipped;
}

let bombBody: Buffer | undefined;

/** A JSON list with 256 MB of spaces: about 260 KB on the wire. Members may follow each other (RFC 1952 section 2.2). */
function bomb(): Buffer {
  if (bombBody) return bombBody;
  const block = gzipSync(Buffer.alloc(bombBlockBytes, ' '));
  bombBody = Buffer.concat([gzipSync('['), ...Array.from({ length: bombBlocks }, () => block), gzipSync(']')]);
  return bombBody;
}

function resolveDates(headers: Record<string, string>, nowMs: number): Record<string, string> {
  const resolve = (value: string) =>
    value.replace(/^\$now\+(\d+)$/, (_, seconds) => new Date(nowMs + Number(seconds) * 1000).toUTCString());
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), resolve(value)]));
}
