// TypeScript's parser: a process of its own beside the command, which answers one question at a time.
import path from 'node:path';
import type { SourceFile } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

/** Ended while it turns from an answer to the next question, it says "context canceled" on our stderr; while it waits, nothing. */
const untilItWaitsMs = 100;

export interface Compiler {
  /** Undefined for a file that no project has. */
  parse(file: string): SourceFile | undefined;
  close(): void;
}

/** @param files Those that will be parsed, from `dir`, which is a real path. */
export function openCompiler(dir: string, files: string[]): Compiler {
  const api = new API({ cwd: dir });
  const snapshot = api.updateSnapshot({ openFiles: files.map((file) => path.resolve(dir, file)) });
  return {
    parse(file) {
      const absolute = path.resolve(dir, file);
      return snapshot.getDefaultProjectForFile(absolute)?.program.getSourceFile(absolute);
    },
    close() {
      snapshot.dispose();
      setTimeout(() => api.close(), untilItWaitsMs);
    },
  };
}
