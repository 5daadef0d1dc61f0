// Collects a request's body, up to a limit.
import type { IncomingMessage } from 'node:http';

/** Undefined when it is too large: answer 413 and close. */
export async function readBody(incoming: IncomingMessage, limitBytes = 10 * 1024 * 1024): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let lengthBytes = 0;
  for await (const part of incoming) {
    lengthBytes += part.length;
    if (lengthBytes > limitBytes) return undefined;
    parts.push(part);
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}
