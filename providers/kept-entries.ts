// Keeps what our YAML files say as JSON, beside the code that Node keeps compiled: to parse them costs each process 0.4 s of CPU.
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

type Value = Record<string, unknown>;

export interface KeptEntries {
  /** Of a text that was kept; a file that changed has another text. */
  get(text: string): Value | undefined;
  add(text: string, value: Value): void;
  /** What was asked for or added, and nothing else. */
  save(): void;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');

/** Who may write to Node's folder decides already what runs here. Without that folder nothing is kept. */
export function openKeptEntries(folder: string, cacheDir = getCompileCacheDir()): KeptEntries {
  const file = cacheDir && join(dirname(cacheDir), `catalogue-${sha256(folder).slice(0, 16)}.json`);
  const before = new Map(Object.entries(file ? read(file) : {}));
  const now: Record<string, Value> = {};
  let isNew = false;
  return {
    get(text) {
      const key = sha256(text);
      const value = before.get(key);
      if (value) now[key] = value;
      return value;
    },
    add(text, value) {
      if (!isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value)) return; // such as .inf, which JSON has not
      now[sha256(text)] = value;
      isNew = true;
    },
    save() {
      if (file && isNew) write(file, now);
    },
  };
}

function read(file: string): Record<string, Value> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {}; // none yet
  }
}

/** Whole or not at all, whoever else is writing it. */
function write(file: string, values: Record<string, Value>): void {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, JSON.stringify(values), { mode: 0o600 });
    renameSync(draft, file);
  } catch {
    // a full or read-only disk: they are parsed again the next time
  }
}
