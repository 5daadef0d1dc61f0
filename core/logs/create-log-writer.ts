// The log writer of a process: buffers, and writes batches at its own pace. Work never waits for it and never fails by it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import { fromUnknown } from '../errors.ts';
import { createLogBuffer, type LogBatch, type LogBuffer } from './log-buffer.ts';
import type { LogWriter } from './log-writer.ts';
import { createRedactor } from './redact.ts';
import { writeBatch } from './write-batch.ts';

const paceMs = 250;
const batchRows = 500;
const maxRetryMs = 5_000;

export interface LogWriterOptions {
  database: Database;
  /** Rows that may wait while Postgres is slow or away; messages beyond it are dropped, operations beyond twice of it. */
  maxBuffered?: number;
  maxBufferedBytes?: number;
  /** Texts that must never be stored, whoever logs them: the operator's own keys. */
  secrets?: Iterable<string>;
}

/** @example const logs = createLogWriter({ database }); logs.start({ id: uuidv7(), environmentId, type: 'proxy', … }) */
export function createLogWriter({
  database,
  maxBuffered = 20_000,
  maxBufferedBytes = 32 * 2 ** 20,
  secrets = [],
}: LogWriterOptions): LogWriter {
  const redactor = createRedactor(secrets);
  const buffers = new Map<string, LogBuffer>();
  let dropped = 0;
  let draining: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const bufferOf = (environmentId: string): LogBuffer => {
    let buffer = buffers.get(environmentId);
    if (!buffer) {
      buffer = createLogBuffer(redactor);
      buffers.set(environmentId, buffer);
    }
    return buffer;
  };

  const isFull = (factor: number): boolean => {
    let rows = 0;
    let bytes = 0;
    for (const buffer of buffers.values()) {
      rows += buffer.rows;
      bytes += buffer.bytes;
    }
    return rows >= maxBuffered * factor || bytes >= maxBufferedBytes * factor;
  };

  function schedule(buffer: LogBuffer): void {
    if (draining) return;
    if (buffer.rows >= batchRows) void drain();
    else timer ??= setTimeout(() => void drain(), paceMs).unref();
  }

  function drain(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    draining ??= writeWaiting().finally(() => {
      draining = undefined;
      for (const buffer of buffers.values()) schedule(buffer);
    });
    return draining;
  }

  /** A batch of each environment in turn: a flood in one does not keep the others' logs back. */
  async function writeWaiting(): Promise<void> {
    for (const [environmentId, buffer] of [...buffers]) {
      await write(environmentId, buffer.take(batchRows));
      if (buffer.rows === 0) buffers.delete(environmentId);
    }
  }

  /** Waits for Postgres as long as it takes; a row that it refuses is found by halving, counted and left out. */
  async function write(environmentId: string, batch: LogBatch): Promise<void> {
    for (let retryMs = paceMs; ; retryMs = Math.min(retryMs * 2, maxRetryMs)) {
      try {
        return await writeBatch(await database.forEnvironment(environmentId), batch);
      } catch (error) {
        if (fromUnknown(error).code !== 'unavailable') break;
        await sleep(retryMs, undefined, { ref: false });
      }
    }
    const halves = halve(batch);
    if (!halves) dropped++;
    else for (const half of halves) await write(environmentId, half);
  }

  return {
    get dropped() {
      return dropped;
    },
    start(operation) {
      if (isFull(2)) return void dropped++;
      const buffer = bufferOf(operation.environmentId);
      buffer.start(operation);
      schedule(buffer);
    },
    end(environmentId, operationId, end) {
      if (isFull(2)) return void dropped++;
      const buffer = bufferOf(environmentId);
      buffer.end(operationId, end);
      schedule(buffer);
    },
    message(message) {
      const buffer = bufferOf(message.environmentId);
      if (isFull(1)) {
        dropped++;
        buffer.drop(message.operationId);
      } else {
        buffer.message(message);
      }
      schedule(buffer);
    },
    async flush() {
      while (draining || buffers.size > 0) await drain();
    },
  };
}

function halve({ started, ended, messages }: LogBatch): [LogBatch, LogBatch] | undefined {
  if (started.length + ended.length + messages.length <= 1) return undefined;
  const none: LogBatch = { started: [], ended: [], messages: [] };
  // By kind first, so that starts stay before the ends of the same operations.
  if (started.length > 0 && ended.length + messages.length > 0)
    return [
      { ...none, started },
      { ...none, ended, messages },
    ];
  if (ended.length > 0 && messages.length > 0)
    return [
      { ...none, ended },
      { ...none, messages },
    ];
  const cut = <T>(rows: T[], from: number, to?: number) => rows.slice(from, to);
  const parts = (from: (length: number) => number, to: (length: number) => number): LogBatch => ({
    started: cut(started, from(started.length), to(started.length)),
    ended: cut(ended, from(ended.length), to(ended.length)),
    messages: cut(messages, from(messages.length), to(messages.length)),
  });
  const half = (length: number) => Math.ceil(length / 2);
  return [parts(() => 0, half), parts(half, (length) => length)];
}
