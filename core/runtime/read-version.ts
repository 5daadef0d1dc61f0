// Code and definition of a function's version, kept by this process: a version never changes.
import type { EnvironmentDb } from '../db/database.ts';
import type { FunctionDefinition } from '../db/schema/functions.ts';
import { SynclineError } from '../errors.ts';

export interface Version {
  js: string;
  definition: FunctionDefinition;
}

/** @throws SynclineError not_found when it was removed */
export type ReadVersion = (environment: EnvironmentDb, versionId: string) => Promise<Version>;

/** Of code; a bundle with its source map has 10 to 600 KB. */
const defaultMaxLength = 64 * 2 ** 20;

/** Of a process: the longest unused ones make room. */
export function createReadVersion({ maxLength = defaultMaxLength } = {}): ReadVersion {
  const known = new Map<string, Version>();
  let length = 0;

  function keep(name: string, version: Version): void {
    known.set(name, version);
    length += version.js.length;
    for (const [oldest, { js }] of known) {
      if (length <= maxLength) break;
      known.delete(oldest);
      length -= js.length;
    }
  }

  return async (environment, versionId) => {
    const { environmentId, pages } = environment;
    const name = `${environmentId}/${versionId}`; // the key holds the tenant, whoever asks
    const found = known.get(name);
    if (found) {
      known.delete(name); // to the end: just used
      known.set(name, found);
      return found;
    }
    const [row] = await pages<{ js: string | null; definition: FunctionDefinition }[]>`
      SELECT js, definition FROM read_version(${environmentId}, ${versionId})`;
    if (typeof row?.js !== 'string')
      throw new SynclineError('not_found', 'This version of the function was removed.', { status: 404 });
    const version = { js: row.js, definition: row.definition };
    if (!known.has(name)) keep(name, version);
    return version;
  };
}
