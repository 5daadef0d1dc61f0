// Arrays for the page statements. The driver's own come only after an extra round trip and refuse null elements.

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Arrays that `commit_page` and its relatives take: `pages.types.bytes([...])`. Oids: pg_type of any PostgreSQL. */
export const arrayTypes = {
  texts: {
    to: 1009,
    from: [1009],
    serialize: (values: readonly string[]) => `{${values.map(quoted).join(',')}}`,
    parse: parseTexts,
  },
  bytes: {
    to: 1001,
    from: [] as number[],
    serialize: (values: readonly (Buffer | null)[]) =>
      `{${values.map((value) => (value === null ? 'NULL' : `"\\\\x${value.toString('hex')}"`)).join(',')}}`,
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

/** `{a,"b \"c\"",NULL}` of a one-dimensional text[]. */
function parseTexts(text: string): string[] {
  const values: string[] = [];
  for (const [, plain, quotedText] of text.slice(1, -1).matchAll(/([^",{}]+)|"((?:[^"\\]|\\.)*)"/gs)) {
    values.push(quotedText !== undefined ? quotedText.replace(/\\(.)/gs, '$1') : plain!);
  }
  return values;
}
