// What waits to be written for one environment. An operation that starts and ends while waiting becomes one row.
import type { LogMessage, OperationEnd, OperationStart } from './log-writer.ts';
import type { Redactor } from './redact.ts';

/** A row as `jsonb_to_recordset` reads it. */
export type LogRow = Record<string, unknown>;

export interface LogBatch {
  started: LogRow[];
  ended: LogRow[];
  messages: LogRow[];
}

export interface LogBuffer {
  start(operation: OperationStart): void;
  end(operationId: string, end: OperationEnd): void;
  message(message: LogMessage): void;
  /** Notes that a message of this operation was left out. */
  drop(operationId: string): void;
  readonly rows: number;
  /** Of JSON text, near enough for a bound. */
  readonly bytes: number;
  /** Takes out up to `limit` rows of each kind. */
  take(limit: number): LogBatch;
}

interface Entry {
  row: LogRow;
  bytes: number;
}

const sizeOf = (row: LogRow): number => JSON.stringify(row).length;

export function createLogBuffer({ text, value }: Redactor): LogBuffer {
  const started = new Map<string, Entry>();
  const ended = new Map<string, Entry>();
  let messages: Entry[] = [];
  let bytes = 0;
  let dropped: { count: number; operationId: string } | undefined;

  const made = (row: LogRow): Entry => {
    const entry = { row, bytes: sizeOf(row) };
    bytes += entry.bytes;
    return entry;
  };
  const taken = (entries: Entry[]): LogRow[] => {
    bytes -= entries.reduce((sum, entry) => sum + entry.bytes, 0);
    return entries.map(({ row }) => row);
  };
  const takeFrom = (entries: Map<string, Entry>, limit: number): LogRow[] => {
    const first = [...entries].slice(0, limit);
    for (const [id] of first) entries.delete(id);
    return taken(first.map(([, entry]) => entry));
  };

  return {
    get rows() {
      return started.size + ended.size + messages.length + (dropped ? 1 : 0);
    },
    get bytes() {
      return bytes;
    },
    start(operation) {
      const row = {
        id: operation.id,
        type: operation.type,
        action: operation.action,
        state: operation.state ?? 'running',
        title: text(operation.title),
        integration_id: operation.integrationId,
        connection_id: operation.connectionId,
        sync_id: operation.syncId,
        run_id: operation.runId,
        context: value(operation.context ?? {}),
        actor: value(operation.actor),
        request: value(operation.request),
        created_at: new Date(),
        started_at: operation.startedAt ?? new Date(),
      };
      started.set(operation.id, made(row));
    },
    end(operationId, { state, error, response }) {
      const end = { state, error: value(error), response: value(response), ended_at: new Date() };
      const open = started.get(operationId);
      if (open) {
        const added = sizeOf(end);
        open.bytes += added;
        bytes += added;
        Object.assign(open.row, end);
      } else {
        bytes -= ended.get(operationId)?.bytes ?? 0;
        ended.set(operationId, made({ id: operationId, ...end }));
      }
    },
    message({ operationId, type = 'log', source, level, context, message, details, at = new Date() }) {
      const row = { type, source, level, context, message: text(message), details: value(details) };
      messages.push(made({ operation_id: operationId, ...row, created_at: at }));
    },
    drop(operationId) {
      dropped = { count: (dropped?.count ?? 0) + 1, operationId };
    },
    take(limit) {
      const batch = {
        started: takeFrom(started, limit),
        ended: takeFrom(ended, limit),
        messages: taken(messages.slice(0, limit)),
      };
      messages = messages.slice(limit);
      if (dropped) {
        batch.messages.push({
          operation_id: dropped.operationId,
          type: 'log',
          source: 'internal',
          level: 'warn',
          context: 'script',
          message: `${dropped.count} log lines are missing here: they came faster than the database took them.`,
          created_at: new Date(),
        });
        dropped = undefined;
      }
      return batch;
    },
  };
}
