// A corpus folder: which pairs there are, what each expects, and the fake upstream that plays them. Read where it lies.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export const modes = ['single', 'twice', 'drop', 'resume', 'repaginate', 'fault'] as const;
export type Mode = (typeof modes)[number];

/** One line of manifest.jsonl, as far as the suite reads it. */
export interface Pair {
  id: string;
  provider: string;
  kind: 'sync' | 'action';
  name: string;
  script: string;
  fixture: string;
  models?: string[];
  requests: number;
  expectedRecords?: Record<string, number>;
  expectError?: { payload: unknown };
  credentials: Record<string, unknown>;
  connectionConfig?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  hosts: string[];
  modes: string[];
  drop?: { method: string; path: string; entry: number; pointer: string; model: string; deleted: string };
  resume?: { cutAfter: number; requestsAfter: number };
  split?: Record<string, unknown>;
  second?: { requests: number; saved: number };
  waitsMs?: number;
  listed?: boolean;
}

export interface Fixture {
  input?: unknown;
  output?: unknown;
  nango?: {
    batchSave?: Record<string, Record<string, unknown>[]>;
    batchDelete?: Record<string, Record<string, unknown>[]>;
  };
}

/** One entry of providers.json. */
export interface ProviderFacts {
  authMode: string;
  baseUrl: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  body?: Record<string, unknown>;
  paginate?: Record<string, string | number>;
  retry?: {
    afterHeaders?: string[];
    atHeaders?: string[];
    remainingHeader?: string;
    statuses?: string[];
    inBody?: { path: string; pattern: string; meaning: string };
  };
  token?: { url: string; replyPath?: string };
}

export interface FakeRequest {
  method: string;
  host?: string;
  path: string;
  status?: number;
  match?: string;
}

export interface FakeSession {
  requests: FakeRequest[];
  misses: (FakeRequest & { why: string })[];
  options: Record<string, unknown>;
  unserved(): { method: string; path: string; entry: number }[];
  mend(): void;
  close(): void;
}

export interface Fake {
  listen(port?: number): Promise<string>;
  open(name: string, fixture: Fixture, options: Record<string, unknown>): FakeSession;
  close(): Promise<void>;
}

export interface Corpus {
  dir: string;
  pairs: Pair[];
  providers: Record<string, ProviderFacts>;
  readFixture(pair: Pair): Fixture;
  createFake(): Promise<Fake>;
}

/** @throws when the folder is no corpus */
export function openCorpus(folder: string): Corpus {
  const dir = resolve(folder);
  const read = (name: string) => readFileSync(join(dir, name), 'utf8');
  const lines = read('manifest.jsonl')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return {
    dir,
    pairs: lines.map((line) => JSON.parse(line) as Pair),
    providers: JSON.parse(read('providers.json')) as Record<string, ProviderFacts>,
    readFixture: (pair) => JSON.parse(read(pair.fixture)) as Fixture,
    async createFake() {
      const { FakeUpstream } = (await import(pathToFileURL(join(dir, 'fake.mjs')).href)) as {
        FakeUpstream: new () => Fake;
      };
      return new FakeUpstream();
    },
  };
}

export interface Choice {
  mode: Mode;
  only: string | undefined;
  listed: boolean;
}

export function choosePairs({ pairs }: Corpus, { mode, only, listed }: Choice): Pair[] {
  return pairs
    .filter((pair) => mode === 'single' || pair.modes.includes(mode))
    .filter((pair) => only === undefined || pair.id.includes(only))
    .filter((pair) => !listed || pair.listed === true);
}
