// TypeScript's parser: a process of its own beside the command, which answers one question at a time.
import path from 'node:path';
import type { SourceFile } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

/** Ended while it turns from an answer to the next question, it says "context canceled" on our stderr; while it waits, nothing. */
const untilItWaitsMs = 100;

/** Nowhere on disk: the folder's own project would bring every file that it names, and all that those import. */
const projectFile = '.syncline-parsed-files.json';
const compilerOptions = { noLib: true, noResolve: true, types: [] };

export interface Compiler {
  /** Undefined for a file that was not named at the start. */
  parse(file: string): SourceFile | undefined;
  close(): void;
}

/** @param files Those that will be parsed, from `dir`, which is a real path. */
export function openCompiler(dir: string, files: string[]): Compiler {
  const project = path.join(dir, projectFile).replaceAll('\\', '/'); // as the compiler asks for it
  const text = JSON.stringify({ compilerOptions, files: files.map((file) => path.resolve(dir, file)) });
  const api = new API({
    cwd: dir,
    fs: {
      fileExists: (file) => (file === project ? true : undefined),
      readFile: (file) => (file === project ? text : undefined),
    },
  });
  const snapshot = api.updateSnapshot({ openProjects: [project] });
  return {
    parse: (file) => snapshot.getProject(project)?.program.getSourceFile(path.resolve(dir, file)),
    close() {
      snapshot.dispose();
      setTimeout(() => api.close(), untilItWaitsMs);
    },
  };
}
