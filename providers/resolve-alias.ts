// `alias: other` = the other entry, shallow-merged with one's own keys: a nested object is replaced whole.
import type { RawEntry } from './read-folder.ts';

/**
 * Lays a folder over another, later wins. An entry that names itself as alias changes the one it covers
 * (`alias: github` in an overlay's github.yaml) instead of replacing it.
 */
export function layOver(ours: Map<string, RawEntry>, theirs: Map<string, RawEntry>): Map<string, RawEntry> {
  const merged = new Map(ours);
  for (const [name, entry] of theirs) {
    const covered = ours.get(name);
    if (covered && entry.value['alias'] === name) {
      const { alias: _, ...own } = entry.value;
      merged.set(name, { file: entry.file, value: { ...covered.value, ...own } });
    } else merged.set(name, entry);
  }
  return merged;
}

/** Returns the merged entry, or a sentence about what is wrong. */
export function resolveAlias(name: string, entries: Map<string, RawEntry>): Record<string, unknown> | string {
  const seen: string[] = [];
  let merged: Record<string, unknown> = {};
  for (let current = name; ; ) {
    if (seen.includes(current)) return `alias leads in a circle: ${[...seen, current].join(' -> ')}`;
    seen.push(current);
    const entry = entries.get(current);
    if (!entry) return `alias of "${current}", which does not exist; name another entry or spell it as its file`;
    const { alias, ...own } = entry.value;
    merged = { ...own, ...merged };
    if (alias === undefined) return merged;
    if (typeof alias !== 'string') return 'alias must be the name of another entry';
    current = alias;
  }
}
