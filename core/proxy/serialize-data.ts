// Turns a function's `data` into the bytes of a body and their content type. Imports nothing and knows no realm: the guest uses it.

export interface SerializedData {
  body: string | Uint8Array;
  contentType: string;
}

/**
 * @param contentType the caller's own, if any; it always wins over what the data suggests
 * @returns null when there is no body to send
 */
export function serializeData(data: unknown, contentType?: string): SerializedData | null {
  if (data === undefined || data === null || data === '') return null;
  const kind = kindOf(data);
  if (kind === 'bytes') return { body: bytesOf(data), contentType: contentType ?? 'application/octet-stream' };
  if (kind === 'URLSearchParams') return { body: String(data), contentType: contentType ?? formType };
  if (typeof data === 'string') return serializeText(data, contentType);
  if (contentType !== undefined && typeof data === 'object') {
    if (startsWithType(contentType, formType)) return { body: encodeForm(data), contentType };
    if (startsWithType(contentType, 'multipart/form-data')) return encodeMultipart(data);
  }
  return { body: JSON.stringify(data), contentType: contentType ?? 'application/json' };
}

const formType = 'application/x-www-form-urlencoded';

/** `application/json`, `application/vnd.api+json`, `application/json-patch+json; charset=utf-8` */
export function isJsonType(contentType: string): boolean {
  return /[/+-]json(?:$|[;+\s-])/i.test(contentType);
}

function startsWithType(contentType: string, type: string): boolean {
  return contentType.trim().toLowerCase().startsWith(type);
}

/** `instanceof` fails for objects of the function's own realm. */
function kindOf(data: unknown): 'bytes' | 'URLSearchParams' | 'other' {
  if (ArrayBuffer.isView(data)) return 'bytes';
  const tag = Object.prototype.toString.call(data).slice(8, -1);
  if (tag === 'ArrayBuffer' || tag === 'SharedArrayBuffer') return 'bytes';
  return tag === 'URLSearchParams' ? 'URLSearchParams' : 'other';
}

function bytesOf(data: unknown): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data as ArrayBuffer);
}

function serializeText(text: string, contentType: string | undefined): SerializedData {
  if (contentType === undefined) return { body: text, contentType: formType };
  const verbatim = !isJsonType(contentType) || isJson(text);
  return { body: verbatim ? text : JSON.stringify(text), contentType };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function encodeForm(data: object): string {
  const form = new URLSearchParams();
  for (const [name, value] of fieldsOf(data))
    form.append(name, typeof value === 'string' ? value : new TextDecoder().decode(value));
  return form.toString();
}

/** Nested names as `a[b]`; lists of scalars as `a[]`, lists of objects as `a[0][b]`. */
function* fieldsOf(data: object, prefix = ''): Generator<[string, string | Uint8Array]> {
  const isList = Array.isArray(data);
  const isFlat = isList && data.every((item) => typeof item !== 'object' || item === null);
  for (const [key, value] of Object.entries(data)) {
    const name = prefix === '' ? key : `${prefix}[${isFlat ? '' : key}]`;
    if (value === undefined) continue;
    if (value === null) yield [name, ''];
    else if (kindOf(value) === 'bytes') yield [name, bytesOf(value)];
    else if (Object.prototype.toString.call(value) === '[object Date]') yield [name, (value as Date).toISOString()];
    else if (typeof value === 'object') yield* fieldsOf(value, name);
    else yield [name, String(value)];
  }
}

function encodeMultipart(data: object): SerializedData {
  const encoder = new TextEncoder();
  const fields = [...fieldsOf(data)].map(([name, value]) => ({
    name,
    bytes: typeof value === 'string' ? encoder.encode(value) : value,
    file: typeof value !== 'string',
  }));
  const boundary = boundaryFor(fields.map(({ bytes }) => bytes));
  const parts = fields.flatMap(({ name, bytes, file }) => {
    const escaped = name.replace(/["\r\n]/g, encodeURIComponent);
    const rest = file ? '; filename="blob"\r\ncontent-type: application/octet-stream' : '';
    return [
      encoder.encode(`--${boundary}\r\ncontent-disposition: form-data; name="${escaped}"${rest}\r\n\r\n`),
      bytes,
      encoder.encode('\r\n'),
    ];
  });
  return {
    body: concat([...parts, encoder.encode(`--${boundary}--\r\n`)]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

/** From the content, so that the same call has the same bytes when a run is replayed. */
function boundaryFor(values: readonly Uint8Array[]): string {
  let hash = 0xcbf29ce484222325n;
  for (const value of values) {
    for (const byte of value.subarray(0, 65_536)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    hash = BigInt.asUintN(64, (hash ^ BigInt(value.length)) * 0x100000001b3n);
  }
  return `syncline-${hash.toString(16).padStart(16, '0')}-form`;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
