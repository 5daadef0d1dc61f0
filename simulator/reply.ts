// What a handler gets and gives. Handlers only make values; faults change them; send-reply.ts writes them.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Caller } from './authenticate.ts';
import type { Fault } from './faults/fault.ts';
import type { ServedRow } from './served-log.ts';

export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Empty for the routes that stream it. */
  body: Buffer;
  incoming: IncomingMessage;
  /** Where the client reached us, for links: `http://127.0.0.1:4010`. */
  origin: string;
  caller: Caller;
  /** Only those about the list matter to a handler. */
  fault: Fault;
}

export interface Reply {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer | Stream;
  /** The rows in it: for the served log. */
  rows?: readonly ServedRow[];
}

export interface Stream {
  lengthBytes: number;
  chunks: Iterable<Buffer>;
}

export type Handler = (request: ApiRequest) => Reply | Promise<Reply>;

export function json(status: number, value: unknown, headers: Reply['headers'] = {}): Reply {
  const type = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers: { ...type, ...headers }, body: Buffer.from(JSON.stringify(value)) };
}

export function html(status: number, page: string, headers: Reply['headers'] = {}): Reply {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers }, body: Buffer.from(page) };
}

export function empty(status: number, headers: Reply['headers'] = {}): Reply {
  return { status, headers, body: Buffer.alloc(0) };
}

export function failure(status: number, code: string, message: string, headers: Reply['headers'] = {}): Reply {
  return json(status, { error: { code, message } }, headers);
}

/** @throws SyntaxError, which the pipeline answers with 400. */
export function parseJsonObject(body: Buffer): Record<string, unknown> {
  const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SyntaxError('Expected a JSON object.');
  return value as Record<string, unknown>;
}
