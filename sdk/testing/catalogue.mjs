// The pagination of every provider of the catalogue, read from its YAML. Run as a program it writes it down for the package.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const folder = new URL('../../providers/', import.meta.url);
const entries = Object.fromEntries(
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => [file.replace(/\.yaml$/, ''), parse(readFileSync(new URL(file, folder), 'utf8'))]),
);

/** As providers/inherit.ts: `alias` replaces whole keys, of which `proxy` is one; `extends` merges to any depth, `null` takes away. */
function paginate({ proxy, alias, extends: parent } = {}) {
  if (alias !== undefined) return proxy === undefined ? paginate(entries[alias]) : proxy?.paginate;
  const own = proxy === null ? null : proxy?.paginate;
  if (parent === undefined || own === null) return own ?? undefined;
  const merged = Object.entries({ ...paginate(entries[parent]), ...own }).filter(([, value]) => value !== null);
  return merged.length === 0 ? undefined : Object.fromEntries(merged);
}

const pagination = Object.fromEntries(
  Object.entries(entries).flatMap(([name, entry]) => {
    const rules = paginate(entry);
    return rules === undefined ? [] : [[name, rules]];
  }),
);

export default pagination;

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('dist/pagination.js', import.meta.url), `export default ${JSON.stringify(pagination)};\n`);
