// How syncs and runs look on the wire.
import { z } from '@hono/zod-openapi';
import { syncStates } from '../core/syncs/status.ts';
import { time } from './fields.ts';

const countByModel = z.record(z.string(), z.number());
export const checkpoint = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const syncStatusSchema = z
  .object({
    id: z.string(),
    connection_id: z.string(),
    name: z.string(),
    variant: z.string(),
    type: z.enum(['INITIAL', 'INCREMENTAL']),
    status: z.enum(syncStates),
    frequency: z.string(),
    nextScheduledSyncAt: time.nullable(),
    recordCount: countByModel,
    checkpoint: checkpoint.nullable(),
    pendingDeletes: countByModel.optional().openapi({ description: 'Deletes that wait for confirmation' }),
    finishedAt: time.optional(),
    latestResult: z
      .record(z.string(), z.object({ added: z.number(), updated: z.number(), deleted: z.number() }))
      .optional(),
    latestExecutionStatus: z.enum(['RUNNING', 'SUCCESS', 'STOPPED']).optional(),
  })
  .openapi('SyncStatus');

export const runStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'needs_confirmation'] as const;

export const runSchema = z
  .object({
    id: z.string(),
    sync_id: z.string(),
    connection_id: z.string(),
    provider_config_key: z.string(),
    name: z.string(),
    variant: z.string(),
    number: z.number(),
    state: z.enum(runStates),
    trigger: z.enum(['schedule', 'api', 'connection', 'deploy', 'webhook']),
    mode: z.enum(['incremental', 'reset', 'reset_and_clear']),
    attempts: z.number(),
    started_at: time,
    finished_at: time.nullable(),
    requests: z.number(),
    pages: z.number(),
    results: z.record(
      z.string(),
      z.object({
        added: z.number(),
        updated: z.number(),
        deleted: z.number(),
        unchanged: z.number(),
        quarantined: z.number(),
      }),
    ),
    checkpoint: z.object({ from: checkpoint.nullable(), to: checkpoint.nullable() }).nullable(),
    pending_deletes: countByModel.nullable(),
    error: z
      .object({
        type: z.string(),
        message: z.string(),
        payload: z.unknown().optional(),
        place: z.string().optional().openapi({ description: 'File, line and column of the function that failed' }),
      })
      .nullable(),
    log_id: z.string(),
  })
  .openapi('Run');
