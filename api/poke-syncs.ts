// After a command is committed: the workflows of its syncs are told to read their rows.
import type { Context } from 'hono';
import type { ApiEnv } from './context.ts';

/** A lost poke is repeated by the reconciler, so nothing here can make the command fail. */
export async function pokeSyncs(c: Context<ApiEnv>, syncIds: string[], options?: { stopRun?: boolean }): Promise<void> {
  const { services, environment } = c.var;
  await Promise.all(syncIds.map((id) => services.poke.sync(environment.environmentId, id, options)));
}
