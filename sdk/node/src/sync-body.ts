// Bodies and texts of the sync routes.
import type { SyncMode, SyncRef, TriggerOptions } from './types/syncs.ts';

/** `name::variant`, as a list in a query wants it. */
export const refText = (ref: SyncRef): string => (typeof ref === 'string' ? ref : `${ref.name}::${ref.variant}`);

export interface Selection {
  providerConfigKey: string;
  syncs: readonly SyncRef[];
  connectionId?: string | undefined;
}

export const selectionBody = ({ providerConfigKey, syncs, connectionId }: Selection) => ({
  provider_config_key: providerConfigKey,
  syncs,
  connection_id: connectionId,
});

/** The older forms: a mode by name, or `true` for a full refresh. */
export function triggerBody(selection: Selection, how: TriggerOptions | SyncMode | boolean | undefined) {
  const body = selectionBody(selection);
  if (typeof how === 'object') return { ...body, opts: how };
  const mode = typeof how === 'boolean' ? (how ? 'full_refresh' : 'incremental') : how;
  return { ...body, sync_mode: mode };
}

export const frequencyBody = (
  providerConfigKey: string,
  ref: SyncRef,
  connectionId: string,
  frequency: string | null,
) => ({
  provider_config_key: providerConfigKey,
  sync_name: typeof ref === 'string' ? ref : ref.name,
  sync_variant: typeof ref === 'string' ? undefined : ref.variant,
  connection_id: connectionId,
  frequency,
});
