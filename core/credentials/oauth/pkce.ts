// Proof Key for Code Exchange (RFC 7636), S256 only: a verifier that stays with us, a challenge that goes with the browser.
import { createHash, randomBytes } from 'node:crypto';

/** 256 bits, 43 characters. */
export const makeVerifier = (): string => randomBytes(32).toString('base64url');

/** RFC 7636 section 4.2 */
export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');
