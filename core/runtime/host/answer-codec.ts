// An upstream answer as one buffer for the journal, and back: a JSON head and the raw bytes.
export interface HttpAnswer {
  status: number;
  statusText: string;
  headers: Record<string, string | string[]>;
  /** Without credentials. */
  url: string;
  /** Of `uncontrolledFetch`, whose answer says so. */
  redirected?: boolean;
}

export function encodeAnswer(answer: HttpAnswer, bytes: Buffer): Buffer {
  const head = Buffer.from(JSON.stringify(answer));
  const size = Buffer.allocUnsafe(4);
  size.writeUInt32BE(head.length);
  return Buffer.concat([size, head, bytes]);
}

export function decodeAnswer(buffer: Buffer): { answer: HttpAnswer; bytes: Buffer } {
  const end = 4 + buffer.readUInt32BE(0);
  return { answer: JSON.parse(buffer.toString('utf8', 4, end)) as HttpAnswer, bytes: buffer.subarray(end) };
}
