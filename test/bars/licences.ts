// Which licences what we ship, and what we only build and test with, may have.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lockfile, nameOf } from './lockfile.ts';

const shipped = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PostgreSQL',
  'Unlicense',
]);
/** Weak copyleft and data, in tools that no user gets. */
const toolsOnly = new Set([...shipped, 'MPL-2.0', 'CC-BY-4.0']);
/** Read by a person; both come with the bundler inside @temporalio/worker. */
const known: Record<string, string> = {
  'caniuse-lite': 'CC-BY-4.0', // data about browsers, as published
  unionfs: 'no licence named', // its LICENSE file is the Unlicense
};
/** Clients of the wire format that tests call as they are published; nothing of them is shipped. */
const exceptions = /^@nangohq\//;

/** Sentences. @param root of an installed tree: what the lockfile does not say stands in the packages */
export function judgeLicences({ packages }: Lockfile, root: string): string[] {
  const violations: string[] = [];
  for (const [path, { license, link, dev }] of Object.entries(packages)) {
    if (!path.includes('node_modules/') || link) continue;
    if (dev && exceptions.test(nameOf(path))) continue;
    const found = license ?? readLicence(join(root, path, 'package.json'));
    if (found === undefined || known[nameOf(path)] === found) continue; // for another platform, and its sibling for this one was judged
    if (!isAllowed(found, dev ? toolsOnly : shipped))
      violations.push(`${path}${dev ? ' (tool)' : ''} is under "${found}"`);
  }
  return violations;
}

function readLicence(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const { license } = JSON.parse(readFileSync(file, 'utf8')) as { license?: string };
  return license ?? 'no licence named';
}

/** SPDX: `OR` lets choose, `AND` asks for all. */
export function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  const bare = expression.replace(/^\(|\)$/g, '');
  if (bare.includes(' OR ')) return bare.split(' OR ').some((one) => isAllowed(one, allowed));
  if (bare.includes(' AND ')) return bare.split(' AND ').every((one) => isAllowed(one, allowed));
  return allowed.has(bare);
}
