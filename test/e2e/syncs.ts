// Syncs as an app sees them: connect, trigger, wait, read back, all by the public API.
import type { Simulator } from '../../simulator/index.ts';
import type { Api } from '../conformance/api.ts';
import { waitFor } from './wait-for.ts';

export interface Place {
  integration: string;
  connection: string;
  sync: string;
}

export interface SyncStatus {
  id: string;
  status: string;
  frequency: string;
  nextScheduledSyncAt: string | null;
  recordCount: Record<string, number>;
  latestResult?: Record<string, { added: number; updated: number; deleted: number }>;
  finishedAt?: string;
}

export interface Run {
  id: string;
  number: number;
  state: string;
  trigger: string;
  attempts: number;
  started_at: string;
  results: Record<string, { added: number; updated: number; deleted: number; unchanged: number; quarantined: number }>;
  error: { type: string; message: string; payload?: { stacktrace?: string[] }; place?: string } | null;
  log_id: string;
}

export interface StoredRecord {
  id: string;
  _nango_metadata: { last_action: string; deleted_at: string | null; cursor: string };
  [field: string]: unknown;
}

/** The integration `simulator-api-key` under another name: syncs of one test do not start for the connections of another. */
export async function createIntegration(api: Api, unique_key: string): Promise<void> {
  await api.ok('POST', '/integrations', { body: { provider: 'simulator-api-key', unique_key } });
}

export async function importConnection(
  api: Api,
  {
    integration,
    connection,
    simulator,
    metadata,
  }: { integration: string; connection: string; simulator: Simulator; metadata?: Record<string, unknown> },
): Promise<void> {
  await api.ok('POST', '/connections', {
    body: {
      provider_config_key: integration,
      connection_id: connection,
      credentials: { type: 'API_KEY', apiKey: 'sim-key' },
      connection_config: { base_url: simulator.url },
      ...(metadata && { metadata }),
    },
  });
}

export async function readStatus(api: Api, { integration, connection, sync }: Place): Promise<SyncStatus> {
  const query = { provider_config_key: integration, connection_id: connection, syncs: sync };
  const { syncs } = await api.ok<{ syncs: SyncStatus[] }>('GET', '/sync/status', { query });
  if (!syncs[0]) throw new Error(`There is no sync ${integration}/${connection}/${sync}.`);
  return syncs[0];
}

/** Newest first. */
export async function listRuns(api: Api, place: Place): Promise<Run[]> {
  const { id } = await readStatus(api, place);
  return (await api.ok<{ data: Run[] }>('GET', `/syncs/${id}/runs`)).data;
}

const ended = ['succeeded', 'failed', 'cancelled', 'needs_confirmation'];

export const waitForRun = (api: Api, place: Place, number: number, deadlineMs = 60_000): Promise<Run> =>
  waitFor(
    `run ${number} of ${place.connection} ends`,
    async () => (await listRuns(api, place)).find((run) => run.number === number && ended.includes(run.state)),
    { deadlineMs },
  );

const body = ({ integration, connection, sync }: Place) => ({
  provider_config_key: integration,
  connection_id: connection,
  syncs: [sync],
});

export const command = <T = unknown>(api: Api, verb: 'trigger' | 'pause' | 'start', place: Place): Promise<T> =>
  api.ok<T>('POST', `/sync/${verb}`, { body: body(place) });

/** Triggers and waits: the run's own account. */
export async function runOnce(api: Api, place: Place): Promise<Run> {
  const before = (await listRuns(api, place))[0]?.number ?? 0;
  await command(api, 'trigger', place);
  return waitForRun(api, place, before + 1);
}

/** As a reader that follows the cursor: pages until there is no more. */
export async function readRecords(
  api: Api,
  { integration, connection }: Omit<Place, 'sync'>,
  {
    model = 'Contact',
    variant,
    cursor,
    limit = 500,
  }: { model?: string; variant?: string; cursor?: string; limit?: number } = {},
): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  for (let next = cursor ?? null; ; ) {
    const page: { records: StoredRecord[]; next_cursor: string | null } = await api.ok('GET', '/records', {
      query: {
        model,
        limit: String(limit),
        ...(variant !== undefined && { variant }),
        ...(next !== null && { cursor: next }),
      },
      headers: { 'provider-config-key': integration, 'connection-id': connection },
    });
    all.push(...page.records);
    next = page.next_cursor;
    if (next === null) return all;
  }
}
