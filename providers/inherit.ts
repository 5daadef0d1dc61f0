// What an entry takes from another: `alias` replaces whole keys (the field's old rule), `extends` merges into the depth.
import type { RawEntry } from './read-folder.ts';

type Raw = Record<string, unknown>;

/** Files with such a name are families: bases to extend, never providers. */
export const isFamily = (name: string): boolean => name.startsWith('_');

/**
 * Lays a folder over another, later wins. An entry that names itself as its parent changes the one it covers
 * (`extends: github` in an overlay's github.yaml) instead of replacing it.
 */
export function layOver(ours: Map<string, RawEntry>, theirs: Map<string, RawEntry>): Map<string, RawEntry> {
  const merged = new Map(ours);
  for (const [name, { file, value }] of theirs) {
    const covered = ours.get(name);
    const link = linkOf(value);
    const changes = covered !== undefined && link?.parent === name;
    merged.set(name, { file, value: changes ? link.merge(covered.value, link.own) : value });
  }
  return merged;
}

/** The merged entry, or what is wrong at which key. */
export function inherit(name: string, entries: Map<string, RawEntry>): { value: Raw } | { key: string; wrong: string } {
  const lineage: string[] = [];
  const links: Link[] = [];
  for (let current = name, key = ''; ; ) {
    if (lineage.includes(current)) return { key, wrong: `leads in a circle: ${[...lineage, current].join(' -> ')}` };
    lineage.push(current);
    const value = entries.get(current)?.value;
    if (!value) return { key, wrong: `names "${current}", which does not exist; spell it as its file` };
    const link = linkOf(value);
    if (!link) return { value: links.reduceRight((base, { own, merge }) => merge(base, own), value) };
    ({ key } = link);
    if ('alias' in value && 'extends' in value) return { key, wrong: 'stands beside `extends`; keep one' };
    if (typeof link.parent !== 'string') return { key, wrong: 'must be the name of another entry' };
    links.push(link);
    current = link.parent;
  }
}

interface Link {
  key: 'alias' | 'extends';
  parent: unknown;
  own: Raw;
  merge(base: Raw, own: Raw): Raw;
}

function linkOf({ alias, extends: base, ...own }: Raw): Link | undefined {
  if (alias !== undefined) return { key: 'alias', parent: alias, own, merge: replaceKeys };
  if (base !== undefined) return { key: 'extends', parent: base, own, merge: mergeDeep };
  return undefined;
}

const replaceKeys = (base: Raw, own: Raw): Raw => ({ ...base, ...own });

/** Mappings merge key by key; text, numbers and lists replace; `null` takes an inherited key away. */
function mergeDeep(base: Raw, own: Raw): Raw {
  const merged = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const inherited = merged[key];
    if (value === null && Object.hasOwn(merged, key)) delete merged[key];
    else merged[key] = isMapping(value) && isMapping(inherited) ? mergeDeep(inherited, value) : value;
  }
  return merged;
}

function isMapping(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
