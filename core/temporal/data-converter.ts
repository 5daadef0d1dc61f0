// One data converter for every client and worker; a side without it would read ciphertext.
import type { KeyObject } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { createCodec } from './codec.ts';

/** Also given to the bundler of the workflows. */
export const failureConverterPath = fileURLToPath(new URL('../../workflows/failure-converter.ts', import.meta.url));

/** @param key `keys.purpose('temporal-codec')` */
export function createDataConverter(key: KeyObject): DataConverter {
  return { payloadCodecs: [createCodec(key)], failureConverterPath };
}
