// What a test plays: the answers of an API and of the platform as they once were, and what a function made of them.
import type { Undeclared } from './undeclared.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface Answer {
  response: Undeclared;
  /** Default 200. */
  status?: number;
  headers?: Record<string, Undeclared>;
}

/** One recorded request. */
export interface Entry extends Answer {
  hash?: string;
  request?: {
    params?: Record<string, Undeclared>;
    headers?: Record<string, Undeclared>;
    /** `sha1:<hex>` stands for a long one. */
    data?: Undeclared;
  };
  /** Only for this host. */
  host?: string;
  /** Further answers to the same request, in turn; the last one stays. */
  sequence?: Answer[];
}

/** The file `<name>.test.json`. */
export interface Fixture {
  input?: Undeclared;
  output?: Undeclared;
  nango?: {
    batchSave?: Record<string, Undeclared[]>;
    batchDelete?: Record<string, Undeclared[]>;
    /** The time of the recording, ISO. */
    clock?: string;
    connectionConfig?: Record<string, Undeclared>;
    [member: string]: Undeclared;
  };
  api?: { [Verb in Method]?: Record<string, Entry | Entry[]> };
}

/** Where a recording comes from is its own business: one file, or a folder of older form. */
export interface Recording {
  /** For messages. */
  where: string;
  input(): Undeclared;
  output(): Undeclared;
  expected(call: 'batchSave' | 'batchDelete', model: string): Undeclared[] | undefined;
  /** What a member of `nango` answered; undefined when it was not recorded. */
  value(member: string): Undeclared;
  /** Recorded paths of a method, with leading slash. */
  paths(method: string): string[];
  entries(method: string, path: string): Entry[];
}
