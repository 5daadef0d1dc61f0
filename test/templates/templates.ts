// The templates that `syncline clone` offers, and how their recordings are read: for the tests that cross folders.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EntryPoint } from '../../cli/project/read-entry-points.ts';
import { readEntryPoints } from '../../cli/project/read-entry-points.ts';
import type { Fixture } from '../../sdk/testing/src/index.ts';

export const folder = join(import.meta.dirname, '..', '..', 'templates');

/** Of a provider: a project of its own. The demo needs no recordings, it has the simulator. */
export const providers = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'demo')
  .map(({ name }) => name)
  .sort();

export const functions: EntryPoint[] = providers.flatMap((provider) => readEntryPoints(join(folder, provider)));

export const testsOf = ({ file }: EntryPoint): string => join(file, '..', '..', 'tests');

export function readFixture(entry: EntryPoint): Fixture {
  return JSON.parse(readFileSync(join(testsOf(entry), `${entry.name}.test.json`), 'utf8')) as Fixture;
}
