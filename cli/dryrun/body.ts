// Bodies between their bytes and the form that recordings keep.

/** As a script gets it: JSON whatever the content type says, unless it asked for something else. */
export function decodeBody(bytes: Buffer, responseType: unknown): unknown {
  if (responseType === 'arraybuffer' || responseType === 'blob' || responseType === 'stream') return bytes.toJSON();
  const text = bytes.toString();
  if (responseType === 'text' || responseType === 'document') return text;
  const json = parseJson(text.replace(/^\ufeff/, ''));
  if (json !== undefined) return json;
  // What is no text must not be damaged.
  return Buffer.from(text).equals(bytes) ? text : bytes.toJSON();
}

/** The bytes that a script's client decodes to the recorded value. */
export function encodeBody(response: unknown, responseType: unknown): Buffer {
  if (response === undefined) return Buffer.alloc(0);
  if (ArrayBuffer.isView(response)) return Buffer.from(response.buffer, response.byteOffset, response.byteLength);
  if (typeof response !== 'string') return Buffer.from(JSON.stringify(response));
  const verbatim = responseType !== undefined && responseType !== 'json';
  // A text that reads as JSON came as a JSON string, or it would have been recorded as what it says.
  return Buffer.from(verbatim || parseJson(response) === undefined ? response : JSON.stringify(response));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
