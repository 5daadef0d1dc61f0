// The versions of a function that are still kept, newest first.
import { desc, eq, sql } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { bundles, functionVersions } from '../db/schema/functions.ts';
import { SynclineError } from '../errors.ts';
import { type DeployedFunction, type FunctionName, findFunction } from './read-functions.ts';

export interface FunctionVersion {
  number: number;
  label: string | null;
  current: boolean;
  bundleHash: string;
  sizeBytes: number;
  createdAt: Date;
}

/** @throws SynclineError `not_found`, `ambiguous_function` */
export async function listVersions(environment: EnvironmentDb, named: FunctionName): Promise<FunctionVersion[]> {
  return environment.transaction(async (tx) => {
    const { function: row } = await findFunction(tx, named);
    const versions = await tx
      .select({
        id: functionVersions.id,
        number: functionVersions.number,
        label: functionVersions.label,
        bundleHash: functionVersions.bundleHash,
        sizeBytes: sql<number>`octet_length(${bundles.js})`,
        createdAt: functionVersions.createdAt,
      })
      .from(functionVersions)
      .innerJoin(bundles, eq(bundles.hash, functionVersions.bundleHash))
      .where(eq(functionVersions.functionId, row.id))
      .orderBy(desc(functionVersions.number));
    return versions.map(({ id, ...version }) => ({ ...version, current: id === row.currentVersionId }));
  });
}

/** @param number default: the newest one before the current one. @throws SynclineError `version_not_found` */
export async function findVersion(
  tx: Transaction,
  { function: row, version: current }: DeployedFunction,
  number: number | undefined,
): Promise<typeof functionVersions.$inferSelect> {
  const kept = await tx
    .select()
    .from(functionVersions)
    .where(eq(functionVersions.functionId, row.id))
    .orderBy(desc(functionVersions.number));
  const found = kept.find((version) =>
    number === undefined ? version.number < current.number : version.number === number,
  );
  if (found) return found;
  const which = number === undefined ? 'earlier version' : `version ${number}`;
  throw new SynclineError('version_not_found', `The ${row.type} '${row.name}' has no ${which}.`, {
    status: 404,
    hint: `Kept are: ${kept.map((version) => version.number).join(', ')}.`,
  });
}
