// One run of a sync through the public API: trigger, wait for its end, read every record.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api.ts';
import type { Pair } from './corpus.ts';
import { integrationOf } from './deploy.ts';

export interface Counts {
  added: number;
  updated: number;
  deleted: number;
}

export interface RunResult {
  succeeded: boolean;
  /** Of a failed run: type and message. */
  error: string;
  counts: Record<string, Counts>;
  /** Deletes that wait for a decision, by model. */
  held?: Record<string, number>;
}

interface SyncStatus {
  id: string;
  status: string;
  finishedAt?: string;
  latestResult?: Record<string, Counts>;
  latestExecutionStatus?: string;
  pendingDeletes?: Record<string, number>;
}

interface Run {
  id: string;
  number: number;
  state: string;
  error: { type: string; message: string } | null;
}

export interface StoredRecord {
  record: Record<string, unknown>;
  /** What must not move when nothing changed. */
  changedAt: string;
  deleted: boolean;
}

const pollMs = 75;

export class RunTimeout extends Error {}

/** @throws RunTimeout */
export async function runSync(api: Api, pair: Pair, connectionId: string, timeoutMs: number): Promise<RunResult> {
  const provider_config_key = integrationOf(pair);
  const before = await statusOf(api, pair, connectionId);
  await api.ok('POST', '/sync/trigger', {
    body: { syncs: [pair.name], provider_config_key, connection_id: connectionId },
  });
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    await sleep(pollMs);
    const status = await statusOf(api, pair, connectionId);
    if (!status || status.status === 'RUNNING' || status.finishedAt === undefined) continue;
    if (status.finishedAt === before?.finishedAt) continue;
    return resultOf(api, status);
  }
  throw new RunTimeout(`timeout: the run did not end within ${timeoutMs / 1000} s`);
}

async function statusOf(api: Api, pair: Pair, connectionId: string): Promise<SyncStatus | undefined> {
  const { syncs } = await api.ok<{ syncs: SyncStatus[] }>('GET', '/sync/status', {
    query: { provider_config_key: integrationOf(pair), syncs: pair.name, connection_id: connectionId },
  });
  return syncs[0];
}

async function resultOf(api: Api, status: SyncStatus): Promise<RunResult> {
  const { latestExecutionStatus, latestResult = {}, pendingDeletes } = status;
  const succeeded = latestExecutionStatus === 'SUCCESS' && pendingDeletes === undefined;
  if (succeeded) return { succeeded, error: '', counts: latestResult };
  const last = await lastRun(api, status);
  const error = last?.error ? `${last.error.type} (${last.error.message})` : (last?.state ?? 'no run');
  return { succeeded, error, counts: latestResult, ...(pendingDeletes && { held: pendingDeletes }) };
}

async function lastRun(api: Api, { id }: SyncStatus): Promise<Run | undefined> {
  const { data } = await api.ok<{ data: Run[] }>('GET', `/syncs/${id}/runs`, { query: { limit: '1' } });
  return data[0];
}

/** Answers "delete" to what the last run holds. */
export async function confirmHeld(api: Api, pair: Pair, connectionId: string): Promise<RunResult> {
  const status = await statusOf(api, pair, connectionId);
  const last = status && (await lastRun(api, status));
  if (!status || !last) throw new Error('confirm: the sync has no run');
  await api.ok('POST', `/syncs/${status.id}/confirm-deletes`, { body: { run_id: last.id, decision: 'delete' } });
  const after = await statusOf(api, pair, connectionId);
  if (!after) throw new Error('confirm: the sync is gone');
  return resultOf(api, after);
}

/** All of a model, deleted ones too, by id. */
export async function readRecords(api: Api, pair: Pair, connectionId: string, model: string) {
  const stored = new Map<string, StoredRecord>();
  let cursor: string | null = null;
  for (let page = 0; page < 10_000; page++) {
    const answer: Page = await api.ok<Page>('GET', '/records', {
      query: { model, limit: '1000', ...(cursor !== null && { cursor }) },
      headers: { 'connection-id': connectionId, 'provider-config-key': integrationOf(pair) },
    });
    for (const { _nango_metadata: metadata, ...record } of answer.records) {
      const deleted = metadata.deleted_at !== null || metadata.last_action === 'DELETED';
      if (stored.has(String(record['id']))) throw new Error(`records: ${model} lists a record twice`);
      stored.set(String(record['id']), { record, deleted, changedAt: metadata.last_modified_at });
    }
    cursor = answer.next_cursor;
    if (cursor === null) return stored;
  }
  throw new Error('records: the cursor does not come to an end');
}

interface Page {
  next_cursor: string | null;
  records: ({ _nango_metadata: { last_modified_at: string; last_action: string; deleted_at: string | null } } & Record<
    string,
    unknown
  >)[];
}
