// The token of a connect session: 256 random bits in the shape that clients know; kept as HMAC only.
import { createHmac, type KeyObject, randomBytes } from 'node:crypto';

const shape = /^nango_connect_session_[0-9a-f]{64}$/;

export const makeSessionToken = (): string => `nango_connect_session_${randomBytes(32).toString('hex')}`;

export const isSessionToken = (text: string): boolean => shape.test(text);

/** `pepper`: the ring's purpose `connect-session`. One HMAC: a slow hash adds nothing to 256 bits. */
export const hashSessionToken = (pepper: KeyObject, token: string): Buffer =>
  createHmac('sha256', pepper).update(token).digest();
