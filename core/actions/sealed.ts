// What an asynchronous action was given and gave, as its row holds it: encrypted, and an error as the API will tell it.
import type { Cipher } from '../crypto/key-ring.ts';
import { type ErrorDetails, SynclineError } from '../errors.ts';

type Column = 'input' | 'output' | 'error';

const place = (column: Column, id: string) => ({ table: 'async_actions', column, row: id });

export const sealText = (cipher: Cipher, column: Column, id: string, text: string): Buffer =>
  cipher.encryptText(place(column, id), text);

export const openText = (cipher: Cipher, column: Column, id: string, sealed: Buffer): string =>
  cipher.decryptText(place(column, id), sealed);

type StoredError = Pick<ErrorDetails, 'status' | 'hint' | 'payload' | 'upstream'> & { code: string; message: string };

export function sealError(cipher: Cipher, id: string, error: SynclineError): Buffer {
  const { code, message, status, hint, payload, upstream } = error;
  return sealText(cipher, 'error', id, JSON.stringify({ code, message, status, hint, payload, upstream }));
}

export function openError(cipher: Cipher, id: string, sealed: Buffer): SynclineError {
  const { code, message, ...details } = JSON.parse(openText(cipher, 'error', id, sealed)) as StoredError;
  return new SynclineError(code, message, details);
}
