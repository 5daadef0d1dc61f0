// The id under which a page waits for the result of its popup (`ws_client_id`): 128 random bits, used by one flow.
import { createHash, randomBytes } from 'node:crypto';

/** In the shape of a UUID, which clients expect, but all bits are random. */
export function makeClientId(): string {
  const hex = randomBytes(16).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const shape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A page without a socket makes its own with `crypto.randomUUID()`. */
export const isClientId = (text: string): boolean => shape.test(text);

export const hashClientId = (clientId: string): Buffer => createHash('sha256').update(clientId.toLowerCase()).digest();
