// What can go wrong with one answer. Every field may be combined with others; names for common ones are in named.ts.

/** Served or not? A fault that answers instead of the handler (`status`) leaves the world as it was, unless `processed`. */
export interface Fault {
  // Instead of the answer.
  status?: number;
  /** Laid over the answer's headers; with `status`, the only ones. `$now+N` becomes the HTTP date N seconds from now. */
  headers?: Record<string, string>;
  body?: string | Record<string, unknown> | readonly unknown[];
  /** Do the work, then lose the answer: the outcome that a client cannot know. */
  processed?: boolean;

  // Time.
  /** Before anything is done. */
  delayBeforeMs?: number;
  /** After the work, before the headers. */
  delayMs?: number;
  /** A pause before each piece of the body (at most 20 pieces). */
  dripMs?: number;

  // The connection.
  noAnswer?: boolean;
  resetBeforeHeaders?: boolean;
  /** FIN after so many bytes of the body. Also without `Content-Length`: add `chunked` or `closeDelimited`. */
  cutAfterBytes?: number | 'half';
  /** RST instead of FIN. */
  resetAfterBytes?: number | 'half';
  /** Then silence, the socket stays. */
  stallAfterBytes?: number | 'half';
  /** Half of the body, FIN from our side, and the other side may talk on for ever. */
  halfOpen?: boolean;
  /** Reset this request and refuse connections for a while. */
  refuseForMs?: number;

  // Framing.
  /** Added to the declared `Content-Length`. */
  badLength?: number;
  chunked?: boolean;
  /** Neither a length nor chunks: HTTP/1.0's end by close, in which a cut cannot be seen. */
  closeDelimited?: boolean;
  badChunk?: boolean;
  missingChunkEnd?: boolean;

  // Coding.
  /** `valid` is no fault: for clients that should take it. `bomb` inflates to 256 MB. */
  gzip?: 'valid' | 'badCrc' | 'truncated' | 'mislabelled' | 'bomb';
  wrongCharset?: boolean;

  // The body.
  html?: boolean;
  emptyBody?: boolean;
  truncatedJson?: boolean;
  duplicateKeys?: boolean;
  /** Nests a value so deep. */
  deepJson?: number;
  /** 200 with `{error: ...}`. */
  errorBody?: boolean;

  // The list in the body.
  list?: 'missing' | 'null' | 'object' | 'empty';
  /** So many nulls among the rows; nothing is lost. */
  nullRows?: number;
  /** Rows that no store can take (no id, id an object, NUL in the id), among the rows; nothing is lost. */
  poisonRows?: boolean;
  /** `more`: claims another page after the last one. `end`: claims to be the last page. */
  lyingHasMore?: 'more' | 'end';
  /** The next pointer leads to this page again. */
  repeatCursor?: boolean;
  /** The rows of the page before once more, before this page's own (by offset: instead of them). */
  duplicatePage?: boolean;
  /** A stale replica: rows as they were one revision ago. */
  latePage?: boolean;
  /** The collection moves under the reader before this page is read. */
  shift?: 'insert' | 'delete';
  /** Another schema: `email` is called `email_address`, `revision` is text, `address` is null. */
  drift?: boolean;
  crossOriginNext?: boolean;
}

type Check = 'number' | 'boolean' | 'amount' | 'any' | readonly string[];

/** Every field with what it takes: a typo in a script has to be an error, not a run without faults. */
const fields = {
  status: 'number',
  headers: 'any',
  body: 'any',
  processed: 'boolean',
  delayBeforeMs: 'number',
  delayMs: 'number',
  dripMs: 'number',
  noAnswer: 'boolean',
  resetBeforeHeaders: 'boolean',
  cutAfterBytes: 'amount',
  resetAfterBytes: 'amount',
  stallAfterBytes: 'amount',
  halfOpen: 'boolean',
  refuseForMs: 'number',
  badLength: 'number',
  chunked: 'boolean',
  closeDelimited: 'boolean',
  badChunk: 'boolean',
  missingChunkEnd: 'boolean',
  gzip: ['valid', 'badCrc', 'truncated', 'mislabelled', 'bomb'],
  wrongCharset: 'boolean',
  html: 'boolean',
  emptyBody: 'boolean',
  truncatedJson: 'boolean',
  duplicateKeys: 'boolean',
  deepJson: 'number',
  errorBody: 'boolean',
  list: ['missing', 'null', 'object', 'empty'],
  nullRows: 'number',
  poisonRows: 'boolean',
  lyingHasMore: ['more', 'end'],
  repeatCursor: 'boolean',
  duplicatePage: 'boolean',
  latePage: 'boolean',
  shift: ['insert', 'delete'],
  drift: 'boolean',
  crossOriginNext: 'boolean',
} as const satisfies Record<keyof Fault, Check>;

/** @throws TypeError that names the field. */
export function parseFault(input: unknown): Fault {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new TypeError('A fault is an object.');
  const checks: Record<string, Check> = fields;
  for (const [name, value] of Object.entries(input)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) throw new TypeError(`Unknown fault field "${name}".`);
    if (!accepts(check, value)) throw new TypeError(`Fault field "${name}" cannot be ${JSON.stringify(value)}.`);
  }
  return input;
}

function accepts(check: Check, value: unknown): boolean {
  if (check === 'any') return true;
  if (check === 'amount') return value === 'half' || (typeof value === 'number' && value >= 0);
  if (typeof check === 'string') return typeof value === check;
  return typeof value === 'string' && check.includes(value);
}
