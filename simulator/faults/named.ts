// The faults that a good client of an HTTP API has to survive, by name: for scripts, and for `x-simulator-fault`.
import type { Fault } from './fault.ts';

export const namedFaults = {
  'status-400': { status: 400 },
  'status-401': { status: 401 },
  'status-403': { status: 403 },
  'status-404': { status: 404 },
  'status-409': { status: 409 },
  'status-410': { status: 410 },
  'rate-limit-seconds': { status: 429, headers: { 'retry-after': '1' } },
  'rate-limit-date': { status: 429, headers: { 'retry-after': '$now+2' } },
  'rate-limit-bare': { status: 429 },
  'status-500': { status: 500 },
  'status-502': { status: 502, html: true },
  'status-503': { status: 503 },
  'status-504': { status: 504 },

  'slow-headers': { delayMs: 2000 },
  'slow-drip': { dripMs: 100 },
  'stall-mid-body': { stallAfterBytes: 'half' },
  'no-answer': { noAnswer: true },

  refused: { refuseForMs: 500 },
  'reset-before-headers': { resetBeforeHeaders: true },
  'reset-mid-body': { resetAfterBytes: 'half' },
  'cut-mid-body': { cutAfterBytes: 'half' },
  'half-open': { halfOpen: true },

  'length-too-long': { badLength: 10 },
  'length-too-short': { badLength: -10 },
  'chunk-end-missing': { chunked: true, missingChunkEnd: true },
  'bad-chunk-size': { chunked: true, badChunk: true },

  'gzip-bad-crc': { gzip: 'badCrc' },
  'gzip-truncated': { gzip: 'truncated' },
  'gzip-mislabelled': { gzip: 'mislabelled' },
  'gzip-bomb': { gzip: 'bomb' },

  'json-truncated': { truncatedJson: true },
  html: { html: true },
  empty: { emptyBody: true },
  'wrong-charset': { wrongCharset: true },
  'duplicate-keys': { duplicateKeys: true },
  'deep-json': { deepJson: 200_000 },

  'error-in-200': { errorBody: true },
  'list-missing': { list: 'missing' },
  'list-null': { list: 'null' },
  'list-object': { list: 'object' },
  'list-empty': { list: 'empty' },
  'null-rows': { nullRows: 3 },
  'poison-rows': { poisonRows: true },
  'repeated-cursor': { repeatCursor: true },
  'cross-origin-next': { crossOriginNext: true },
  'more-after-last': { lyingHasMore: 'more' },
  'end-too-early': { lyingHasMore: 'end' },
  'duplicate-page': { duplicatePage: true },
  'late-page': { latePage: true },
  'shift-insert': { shift: 'insert' },
  'shift-delete': { shift: 'delete' },
  'schema-drift': { drift: true },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof namedFaults;

export const faultNames = Object.keys(namedFaults) as FaultName[];

export function findNamedFault(name: string): Fault | undefined {
  return Object.hasOwn(namedFaults, name) ? namedFaults[name as FaultName] : undefined;
}
