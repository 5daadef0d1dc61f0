// The first schema of nango.yaml: functions stand directly below the integration, and are all there is.

const later = new Set(['provider', 'syncs', 'actions', 'on-events', 'post-connection-scripts']);

export function isFirstSchema(value: unknown): value is Record<string, Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value as Record<string, unknown>);
  return (
    entries.length > 0 &&
    entries.every(
      ([key, one]) => !later.has(key) && typeof one === 'object' && one !== null && ('returns' in one || 'runs' in one),
    )
  );
}

/** As the later schema would say it. `sync_type` could not be said, and was incremental; that cannot notice deletes. */
export function fromFirstSchema(value: Record<string, Record<string, unknown>>) {
  const syncs: Record<string, unknown> = {};
  const actions: Record<string, unknown> = {};
  for (const [name, { type = 'sync', returns, runs, track_deletes, auto_start, ...rest }] of Object.entries(value)) {
    if (type === 'action') {
      actions[name] = {
        ...rest,
        ...(returns !== undefined && { output: Array.isArray(returns) ? returns[0] : returns }),
      };
      continue;
    }
    syncs[name] = {
      ...rest,
      ...(type !== 'sync' && { type }), // refused as an unknown key
      endpoint: [],
      output: returns,
      runs,
      sync_type: track_deletes === true ? 'full' : 'incremental',
      ...(track_deletes !== undefined && { track_deletes }),
      ...(auto_start !== undefined && { auto_start }),
    };
  }
  return { syncs, actions };
}
