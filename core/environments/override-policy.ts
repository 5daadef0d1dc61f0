// Whether requests of this environment may go to another base URL than the catalogue's.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { environments } from '../db/schema/environments.ts';

export type OverrideMode = 'any-public' | 'listed' | 'off';

export async function readOverrideMode(environment: EnvironmentDb): Promise<OverrideMode> {
  const [row] = await environment.transaction((tx) =>
    tx
      .select({ settings: environments.settings })
      .from(environments)
      .where(eq(environments.id, environment.environmentId)),
  );
  return row?.settings.overridePolicy ?? 'any-public';
}
