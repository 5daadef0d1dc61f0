// The one pipe between host and guest: length-prefixed frames of a JSON header and raw bytes, so that a page of records or
// a provider's answer crosses as it is. Both sides load this file; it imports nothing.
//
//   frame = length of the rest (u32 BE) | length of the header (u32 BE) | header (JSON) | body (bytes)

/** A frame above this is a fault or an attack; the guest is ended. 64 MB covers a page of the largest records. */
export const maxFrameBytes = 64 * 1024 * 1024;
/** Of an action, as JSON text. */
export const maxOutputBytes = 2_000_000;
/** What is large belongs into the body: a header is parsed at once. An action's input of 10 MB fits. */
const maxHeaderBytes = 24 * 1024 * 1024;

export interface Frame<Header> {
  header: Header;
  body: Buffer;
}

const none = Buffer.alloc(0);

/** The parts to write, in order: large bodies are not copied. */
export function encodeFrame(header: object, body: Buffer = none): Buffer[] {
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.allocUnsafe(8);
  head.writeUInt32BE(4 + json.length + body.length, 0);
  head.writeUInt32BE(json.length, 4);
  return body.length > 0 ? [Buffer.concat([head, json]), body] : [Buffer.concat([head, json])];
}

interface Pipe {
  write(part: Buffer): unknown;
  cork(): void;
  uncork(): void;
}

/** In one system call. A pipe that holds parts back keeps more of each: what has one part goes as it is. */
export function writeFrame(pipe: Pipe, parts: Buffer[]): void {
  if (parts.length > 1) pipe.cork();
  for (const part of parts) pipe.write(part);
  if (parts.length > 1) pipe.uncork();
}

/**
 * Feeds on chunks and calls back once per whole frame.
 * @param parse of the header; a guest gives that of the realm which the objects are for
 * @throws Error for an oversized or unreadable frame
 */
export function createFrameReader<Header>(
  onFrame: (frame: Frame<Header>) => void,
  parse: (text: string) => unknown = JSON.parse,
): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let size = 0;
  let wanted = 4;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    while (size >= wanted) {
      const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      chunks = [all];
      const length = all.readUInt32BE(0);
      if (length > maxFrameBytes || length < 4) throw new Error(`a frame of ${length} bytes`);
      if (size < 4 + length) {
        wanted = 4 + length;
        return;
      }
      const headerLength = all.readUInt32BE(4);
      if (headerLength > length - 4) throw new Error('a frame whose header is longer than itself');
      if (headerLength > maxHeaderBytes) throw new Error(`a header of ${headerLength} bytes`);
      const header = parse(all.toString('utf8', 8, 8 + headerLength)) as Header;
      const rest = all.subarray(4 + length);
      chunks = rest.length > 0 ? [rest] : [];
      size = rest.length;
      wanted = 4;
      onFrame({ header, body: all.subarray(8 + headerLength, 4 + length) });
    }
  };
}

export type FunctionKind = 'sync' | 'action' | 'webhook' | 'on-event';

/** Host to guest: begin. With `bundle`, the guest's number for it; the body is the bundle, empty when the guest has it. */
export interface Start {
  t: 'start';
  kind: FunctionKind;
  file: string;
  properties: GuestProperties;
  input?: unknown;
  hasInput: boolean;
  models: string[];
  pagination: unknown;
  linkOrigins: string[];
  siblingHosts: string[];
  /** What the provider's entry calls its bodies; the script's own header wins. */
  entryContentType?: string;
  /** Of a sync; other functions ask for theirs. */
  checkpoint?: Record<string, string | number | boolean> | null;
  /** The environment's threshold of log lines. */
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'off';
  /** Given with the deploy: `getFlowAttributes`. */
  attributes: Record<string, unknown> | null;
  /** Of the models, as the compiler published them: records that differ are told in the log. */
  schemas?: Record<string, boolean | Record<string, unknown>>;
  /** Records that differ fail the run instead. */
  enforceSchemas?: boolean;
  /** Of a webhook function, whose `input` is the parsed body: what else came with it. */
  webhook?: WebhookRequest;
}

export interface WebhookRequest {
  method: string;
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  query: Record<string, string | string[]>;
  /** As text, for signatures of the script's own. */
  rawBody: string;
  /** What the function subscribed to. */
  subscriptions: string[];
}

/** What the script reads from `nango` without a call. No key, no token. */
export interface GuestProperties {
  connectionId: string;
  providerConfigKey: string;
  provider: string;
  environmentId: number;
  environmentName: string;
  activityLogId: string;
  variant?: string;
  /** ISO; the start of the last successful run. */
  lastSyncDate?: string;
  syncId?: string;
  syncJobId?: number;
  trackDeletes?: boolean;
  /** The run began with its records removed. */
  emptyCache?: boolean;
  /** A dry run: the host is the command line, and is told more of what the script does. */
  isCLI?: boolean;
}

export interface WireError {
  /** Our stable code, or a network error's. */
  code: string;
  message: string;
  status?: number;
  payload?: unknown;
}

/** Host to guest: the answer of a call. */
export interface Reply {
  t: 'reply';
  id: number;
  result?: unknown;
  error?: WireError;
}

/** Guest to host: a call of the `nango` object, applied in the order it was issued. */
export interface Call {
  t: 'call';
  id: number;
  method: string;
  args: Record<string, unknown>;
}

export interface Done {
  t: 'done';
  /** The body is the output as JSON text; empty when there is none. */
  checkpointCleared?: boolean;
}

export interface Failed {
  t: 'failed';
  error: {
    type: string;
    message: string;
    payload?: unknown;
    upstream?: { status: number; headers: Record<string, unknown>; body: unknown };
    /** The author's own places that it came from, innermost first. */
    frames?: string[];
  };
}

/** Host to guest: the run was stopped; the script may notice by `nango.abortSignal` before its process ends. */
export interface Abort {
  t: 'abort';
}

/** Guest to host: it waits, at first and after each run. */
export interface Ready {
  t: 'ready';
  /** The run left something at work: no other is begun in this process. */
  spent: boolean;
}

export type ToGuest = (Start & { bundle: number }) | Reply | Abort;
export type ToHost = Ready | Call | Done | Failed;
