// A uuid that a name always leads to. RFC 9562 section 5.8: version 8 is for ids with a rule of their own.
import { createHash } from 'node:crypto';

/** @param name parts; the first says what it is an id of. @example namedUuid('async-action', environmentId, key) */
export function namedUuid(...name: [kind: string, ...parts: string[]]): string {
  const bytes = createHash('sha256').update(name.join('\0')).digest();
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
