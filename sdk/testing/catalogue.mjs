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

/** `alias: other` = the other entry with one's own keys over it; `proxy` is one key. */
const paginate = ({ proxy, alias } = {}) =>
  proxy === undefined && alias !== undefined ? paginate(entries[alias]) : proxy?.paginate;

const pagination = Object.fromEntries(
  Object.entries(entries).flatMap(([name, entry]) => {
    const rules = paginate(entry);
    return rules === undefined ? [] : [[name, rules]];
  }),
);

export default pagination;

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('dist/pagination.js', import.meta.url), `export default ${JSON.stringify(pagination)};\n`);
