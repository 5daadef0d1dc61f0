// One transaction for a batch of log rows: one statement a table, whatever the number of rows.
import { sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import type { LogBatch, LogRow } from './log-buffer.ts';

const json = (rows: LogRow[]) => sql`jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)`;

/** Doing it again after an unclear outcome changes no operation; messages may then come twice. */
export async function writeBatch(env: EnvironmentDb, { started, ended, messages }: LogBatch): Promise<void> {
  await env.transaction(async (tx) => {
    if (started.length > 0) {
      // Several attempts may start the operation of one run; an end that is already known stays.
      await tx.execute(sql`
        INSERT INTO operations AS o (id, environment_id, type, action, state, title, integration_id, connection_id, sync_id, run_id,
          context, actor, request, response, error, created_at, started_at, ended_at)
        SELECT r.id, ${env.environmentId}, r.type, r.action, r.state, r.title, r.integration_id, r.connection_id, r.sync_id, r.run_id,
          r.context, r.actor, r.request, r.response, r.error, r.created_at, r.started_at, r.ended_at
        FROM ${json(started)} AS r(id uuid, type text, action text, state text, title text, integration_id uuid, connection_id uuid,
          sync_id uuid, run_id uuid, context jsonb, actor jsonb, request jsonb, response jsonb, error jsonb, created_at timestamptz,
          started_at timestamptz, ended_at timestamptz)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, error = excluded.error, response = excluded.response,
          ended_at = excluded.ended_at
        WHERE o.ended_at IS NULL`);
    }
    if (ended.length > 0) {
      await tx.execute(sql`
        UPDATE operations o SET state = r.state, error = r.error, response = r.response, ended_at = r.ended_at
        FROM ${json(ended)} AS r(id uuid, state text, error jsonb, response jsonb, ended_at timestamptz) WHERE o.id = r.id`);
    }
    if (messages.length > 0) {
      await tx.execute(sql`
        INSERT INTO messages (environment_id, operation_id, type, source, level, context, message, details, created_at)
        SELECT ${env.environmentId}, r.operation_id, r.type, r.source, r.level, r.context, r.message, r.details, r.created_at
        FROM ${json(messages)} AS r(operation_id uuid, type text, source text, level text, context text, message text, details jsonb,
          created_at timestamptz)`);
    }
  });
}
