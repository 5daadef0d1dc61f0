// What an execution needs to know of its environment: its names, its policies, its variables.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../../db/database.ts';
import { type EnvironmentSettings, environments } from '../../db/schema/environments.ts';
import type { OverrideMode } from '../../environments/override-policy.ts';
import { listVariables, type Variable } from '../../environments/variables.ts';

const levels = ['debug', 'info', 'warn', 'error', 'off'] as const;
export type LogThreshold = (typeof levels)[number];

export interface EnvironmentFacts {
  number: number;
  name: string;
  /** What a base-URL override may reach. */
  overrideMode: OverrideMode;
  /** What does not match a function's schema is refused, not only logged. */
  enforcesSchemas: boolean;
  variables: Variable[];
  /** Lines of scripts below it are not written. */
  logLevel: LogThreshold;
}

export async function readEnvironmentFacts(environment: EnvironmentDb): Promise<EnvironmentFacts> {
  const [[row], variables] = await Promise.all([
    environment.transaction((tx) =>
      tx.select().from(environments).where(eq(environments.id, environment.environmentId)),
    ),
    listVariables(environment),
  ]);
  return toFacts(row!, variables);
}

export const toFacts = (
  { number, name, settings }: { number: number; name: string; settings: EnvironmentSettings },
  variables: Variable[],
): EnvironmentFacts => ({
  number,
  name,
  overrideMode: settings.overridePolicy ?? 'any-public',
  enforcesSchemas: settings.validation === 'enforce',
  variables,
  logLevel: thresholdOf(variables),
});

/** The peer's spelling works too; a value that is no level is none. */
function thresholdOf(variables: readonly Variable[]): LogThreshold {
  for (const wanted of ['SYNCLINE_LOGGER_LEVEL', 'NANGO_LOGGER_LEVEL']) {
    const value = variables
      .find(({ name }) => name === wanted)
      ?.value.trim()
      .toLowerCase();
    const level = levels.find((one) => one === value);
    if (level) return level;
  }
  return 'info';
}
