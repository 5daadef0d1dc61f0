// Arrays for the page statements. The driver's own come only after an extra round trip and refuse null elements.

const byteaOid = 17;

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Arrays that `commit_page` and its relatives take: `pages.types.bytes([...])`. Oids: pg_type of any PostgreSQL. */
export const arrayTypes = {
  texts: {
    to: 1009,
    from: [1009],
    // Drizzle's columns come serialised already.
    serialize: (values: readonly string[] | string) =>
      typeof values === 'string' ? values : `{${values.map(quoted).join(',')}}`,
    parse: parseTexts,
  },
  bytes: {
    to: 1001,
    from: [] as number[],
    serialize: binaryArray,
    parse: (): (Buffer | null)[] => {
      throw new Error('bytea[] is only sent, never read');
    },
  },
  integers: {
    to: 1007,
    from: [1007],
    serialize: (values: readonly number[]) => `{${values.join(',')}}`,
    parse: (text: string) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number)),
  },
  timestamps: {
    to: 1185,
    from: [] as number[],
    serialize: (values: readonly (Date | null)[]) =>
      `{${values.map((value) => value?.toISOString() ?? 'NULL').join(',')}}`,
    parse: (): (Date | null)[] => {
      throw new Error('timestamptz[] is only sent, never read');
    },
  },
};

/** The binary form of a one-dimensional bytea[] (array_recv): half the size of hexadecimal text, and nothing to parse. */
function binaryArray(values: readonly (Buffer | null)[]): Buffer {
  const array = Buffer.allocUnsafe(values.reduce((size, value) => size + 4 + (value?.length ?? 0), 20));
  array.writeInt32BE(1, 0); // dimensions
  array.writeInt32BE(1, 4); // may hold nulls
  array.writeInt32BE(byteaOid, 8);
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16); // lower bound
  let at = 20;
  for (const value of values) {
    at = array.writeInt32BE(value === null ? -1 : value.length, at);
    if (value !== null) at += value.copy(array, at);
  }
  return array;
}

/** `{a,"b \"c\"",NULL}` of a one-dimensional text[]. */
function parseTexts(text: string): string[] {
  const values: string[] = [];
  for (const [, plain, quotedText] of text.slice(1, -1).matchAll(/([^",{}]+)|"((?:[^"\\]|\\.)*)"/gs)) {
    values.push(quotedText !== undefined ? quotedText.replace(/\\(.)/gs, '$1') : plain!);
  }
  return values;
}
