// What an environment says of its connect page and sessions: strictness, origins, looks.
import { eq, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { type ConnectSettings, environments } from '../db/schema/environments.ts';

/** A key that is null goes back to its default; one that is absent stays. */
export type ConnectSettingsChange = {
  [K in Exclude<keyof ConnectSettings, 'ui'>]?: ConnectSettings[K] | null | undefined;
} & { ui?: { [K in keyof Ui]?: Ui[K] | undefined } | null | undefined };

type Ui = NonNullable<ConnectSettings['ui']>;

/** Exact: no path, no wildcard, nothing that means something in a policy (security cases 4 and 5). @example isWebOrigin('https://*.example') // false */
export const isWebOrigin = (text: string): boolean =>
  /^https?:\/\/([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d+)?$/.test(text) && URL.canParse(text) && new URL(text).origin === text;

const own = ({ environmentId }: EnvironmentDb) => eq(environments.id, environmentId);

export async function readConnectSettings(environment: EnvironmentDb): Promise<ConnectSettings> {
  const [row] = await environment.transaction((tx) =>
    tx.select({ settings: environments.settings }).from(environments).where(own(environment)),
  );
  return row?.settings.connect ?? {};
}

/** One statement, so that two who change different keys both get what they want. Holds for the next request of any session. */
export async function updateConnectSettings(
  environment: EnvironmentDb,
  change: ConnectSettingsChange,
): Promise<ConnectSettings> {
  const settings = sql`jsonb_set(settings, '{connect}', jsonb_strip_nulls(
    COALESCE(settings->'connect', '{}'::jsonb) || ${JSON.stringify(change)}::text::jsonb))`;
  const [row] = await environment.transaction((tx) =>
    tx.update(environments).set({ settings }).where(own(environment)).returning({ settings: environments.settings }),
  );
  return row?.settings.connect ?? {};
}
