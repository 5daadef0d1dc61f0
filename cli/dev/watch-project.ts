// Tells which files of a project changed. Folders that hold no sources of its own are not watched: they can be huge.
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import path from 'node:path';

/** Editors write in several steps; what comes together is told together. */
const debounceMs = 80;
const ignored = /^(?:\..*|node_modules|build|dist|coverage)$/;
const source = /\.(?:[cm]?[jt]sx?|json|ya?ml)$/;

export interface ProjectWatch {
  /** Resolves with the files that changed since it was last asked, absolute; undefined when the watch was closed. */
  next(): Promise<Set<string> | undefined>;
  close(): void;
}

export function watchProject(dir: string): ProjectWatch {
  const watchers = new Map<string, FSWatcher>();
  let changed = new Set<string>();
  let settled = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let wake = () => {};

  function note(file: string): void {
    if (!source.test(file)) return;
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => {
      settled = true;
      wake();
    }, debounceMs);
  }

  function watchFolder(name: string): void {
    const folder = path.join(dir, name);
    watchers.get(name)?.close();
    const watcher = watch(folder, { recursive: true }, (_event, file) => {
      if (file !== null && !file.split(path.sep).some((part) => ignored.test(part))) note(path.join(folder, file));
    });
    watcher.on('error', () => watcher.close()); // the folder is gone, which its parent tells
    watchers.set(name, watcher);
  }

  const isFolder = (name: string) => statSync(path.join(dir, name), { throwIfNoEntry: false })?.isDirectory() === true;
  const root = watch(dir, (_event, name) => {
    if (name === null || ignored.test(name)) return;
    if (isFolder(name) && !watchers.has(name)) watchFolder(name);
    note(path.join(dir, name));
  });
  for (const name of readdirSync(dir)) if (!ignored.test(name) && isFolder(name)) watchFolder(name);

  return {
    async next() {
      while (!settled && !closed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (closed) return undefined;
      const found = changed;
      changed = new Set();
      settled = false;
      return found;
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const watcher of [root, ...watchers.values()]) watcher.close();
      wake();
    },
  };
}
