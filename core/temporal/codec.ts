// Encrypts every payload that Temporal stores: arguments, results, memos, summaries, heartbeat details, failures (R12).

import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { METADATA_ENCODING_KEY, type Payload, type PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto'; // CommonJS whose names Node's loader does not see

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;
const encoding = 'binary/encrypted';
const encodingBytes = Buffer.from(encoding);
const keyIdBytes = Buffer.from('codec-1');
const aad = Buffer.from('syncline/temporal/1');

/** @param key `keys.purpose('temporal-codec')`. Payloads of other encodings pass through on decode. */
export function createCodec(key: KeyObject): PayloadCodec {
  return {
    async encode(payloads: Payload[]): Promise<Payload[]> {
      return payloads.map((payload) => {
        const iv = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
        cipher.setAAD(aad);
        const plain = PayloadMessage.encode(payload).finish();
        const data = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
        return { metadata: { [METADATA_ENCODING_KEY]: encodingBytes, 'encryption-key-id': keyIdBytes }, data };
      });
    },
    async decode(payloads: Payload[]): Promise<Payload[]> {
      return payloads.map((payload) => {
        const { metadata, data } = payload;
        if (!data || Buffer.from(metadata?.[METADATA_ENCODING_KEY] ?? []).toString() !== encoding) return payload;
        const bytes = Buffer.from(data);
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
        decipher.setAAD(aad);
        decipher.setAuthTag(bytes.subarray(bytes.length - 16));
        const plain = Buffer.concat([decipher.update(bytes.subarray(12, bytes.length - 16)), decipher.final()]);
        return PayloadMessage.decode(plain);
      });
    },
  };
}
