// Operations and their messages as the wire shows them: newest operations first, messages in the order of writing.
import { setTimeout as sleep } from 'node:timers/promises';
import { type SQL, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import type { LogLevel, OperationState } from '../db/schema/logs.ts';
import { SynclineError } from '../errors.ts';
import { decodePosition, encodePosition } from './page-cursor.ts';

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

export interface Operation {
  id: string;
  type: string;
  action: string;
  state: OperationState;
  title: string;
  integration: { id: string | null; unique_key: string; provider: string | null } | null;
  connection: { id: string | null; connection_id: string } | null;
  sync: { id: string | null; name: string; variant: string } | null;
  actor: { type: string; id: string; name: string } | null;
  run_id: string | null;
  request?: Record<string, unknown>;
  response?: Record<string, unknown>;
  error: { type: string; message: string; payload?: unknown } | null;
  started_at: string | null;
  ended_at: string | null;
  duration_ms: number | null;
  created_at: string;
}

export interface OperationFilter {
  /** Every word must occur in the title, the error or a name. */
  search?: string | undefined;
  /** `type` or `type:action` */
  types?: string[] | undefined;
  states?: string[] | undefined;
  integrations?: string[] | undefined;
  connections?: string[] | undefined;
  /** Names or ids. */
  syncs?: string[] | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

type OperationRow = Record<string, unknown> & {
  position: string;
  context: Record<string, string>;
  [name: string]: unknown;
};

const iso = (column: SQL) => sql`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const micros = (column: SQL) => sql`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const operationPosition = new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z\\|${uuid}$`);

/** As a JSON array, because Drizzle would spread an array into parameters. */
const oneOf = (column: SQL, values: string[]) =>
  sql`${column} IN (SELECT jsonb_array_elements_text(${JSON.stringify(values)}::text::jsonb))`;
const contains = (text: SQL, word: string) => sql`${text} ILIKE ${`%${word.replace(/[\\%_]/g, '\\$&')}%`}`;

const operationColumns = sql`
  id, type, action, state, title, integration_id, connection_id, sync_id, run_id, context, actor, request, response, error,
  ${iso(sql`started_at`)} AS started_at, ${iso(sql`ended_at`)} AS ended_at, ${iso(sql`created_at`)} AS created_at,
  round(extract(epoch FROM ended_at - started_at) * 1000)::int AS duration_ms, ${micros(sql`created_at`)} AS position`;

function toOperation(row: OperationRow): Operation {
  const { integration, provider, connection, sync, variant } = row.context;
  const { position: _, context: __, integration_id, connection_id, sync_id, request, response, ...rest } = row;
  return {
    ...(rest as unknown as Operation),
    integration:
      integration === undefined
        ? null
        : { id: integration_id as string | null, unique_key: integration, provider: provider ?? null },
    connection: connection === undefined ? null : { id: connection_id as string | null, connection_id: connection },
    sync: sync === undefined ? null : { id: sync_id as string | null, name: sync, variant: variant ?? 'base' },
    ...(request !== null && { request: request as Record<string, unknown> }),
    ...(response !== null && { response: response as Record<string, unknown> }),
  };
}

const all = (conditions: SQL[]) => sql.join(conditions, sql` AND `);

function operationConditions(filter: OperationFilter): SQL[] {
  const { search, types, states, integrations, connections, syncs, from, to } = filter;
  const searched = sql`concat_ws(' ', title, error->>'message', error->>'type', context::text)`;
  return [
    ...(search ?? '')
      .split(/\s+/)
      .filter(Boolean)
      .map((word) => contains(searched, word)),
    ...(types ? [sql`(${oneOf(sql`type`, types)} OR ${oneOf(sql`type || ':' || action`, types)})`] : []),
    ...(states ? [oneOf(sql`state`, states)] : []),
    ...(integrations ? [oneOf(sql`context->>'integration'`, integrations)] : []),
    ...(connections ? [oneOf(sql`context->>'connection'`, connections)] : []),
    ...(syncs ? [sql`(${oneOf(sql`context->>'sync'`, syncs)} OR ${oneOf(sql`sync_id::text`, syncs)})`] : []),
    ...(from === undefined ? [] : [sql`created_at >= ${from}::text::timestamptz`]),
    ...(to === undefined ? [] : [sql`created_at <= ${to}::text::timestamptz`]),
  ];
}

/** @throws SynclineError `invalid_cursor` */
export async function listOperations(
  env: EnvironmentDb,
  { cursor, limit, ...filter }: OperationFilter & { cursor?: string | undefined; limit: number },
): Promise<Page<Operation>> {
  const conditions = [sql`environment_id = ${env.environmentId}`, ...operationConditions(filter)];
  if (cursor !== undefined) {
    const [createdAt, id] = decodePosition(cursor, operationPosition);
    conditions.push(sql`(created_at, id) < (${createdAt}::text::timestamptz, ${id}::text::uuid)`);
  }
  const rows = await env.transaction((tx) =>
    tx.execute<OperationRow>(sql`
      SELECT ${operationColumns} FROM operations WHERE ${all(conditions)} ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}`),
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(toOperation),
    nextCursor: rows.length > limit && last ? encodePosition(last.position, String(last['id'])) : null,
  };
}

/** @throws SynclineError `not_found` */
export async function readOperation(env: EnvironmentDb, id: string): Promise<Operation> {
  const [row] = await env.transaction((tx) =>
    tx.execute<OperationRow>(sql`SELECT ${operationColumns} FROM operations WHERE id = ${id}`),
  );
  if (!row)
    throw new SynclineError('not_found', 'There is no such operation; logs are kept for a limited time.', {
      status: 404,
    });
  return toOperation(row);
}

export interface Message {
  id: string;
  at: string;
  type: string;
  source: string;
  level: LogLevel;
  context: string;
  message: string;
  request?: unknown;
  response?: unknown;
  retry?: unknown;
  persist?: unknown;
  error?: unknown;
  meta?: Record<string, unknown>;
}

export interface MessageQuery {
  operationId: string;
  search?: string | undefined;
  levels?: string[] | undefined;
  sources?: string[] | undefined;
  cursor?: string | undefined;
  limit: number;
}

type MessageRow = Omit<Message, 'meta'> & { details: Record<string, unknown> | null; [name: string]: unknown };

/** Details with a place of their own on the wire; what else a writer gave is `meta`. */
function toMessage({ details, ...row }: MessageRow): Message {
  if (details === null) return row as Message;
  const { request, response, retry, persist, error, meta, ...rest } = details;
  const placed = Object.entries({ request, response, retry, persist, error }).filter(
    ([, value]) => value !== undefined,
  );
  const others = { ...(typeof meta === 'object' ? meta : {}), ...rest };
  return {
    ...(row as Message),
    ...Object.fromEntries(placed),
    ...(Object.keys(others).length > 0 && { meta: others }),
  };
}

/** `nextCursor` is null on the last page; `end` is the position behind the last message shown. @throws SynclineError `invalid_cursor` */
export async function listMessages(
  env: EnvironmentDb,
  { operationId, search, levels, sources, cursor, limit }: MessageQuery,
): Promise<Page<Message> & { end: string }> {
  const after = cursor === undefined ? '0' : decodePosition(cursor, /^\d{1,18}$/)[0]!;
  const conditions = [
    sql`operation_id = ${operationId}`,
    sql`id > ${after}::text::bigint`,
    ...(search ?? '')
      .split(/\s+/)
      .filter(Boolean)
      .map((word) => contains(sql`concat_ws(' ', message, details::text)`, word)),
    ...(levels ? [oneOf(sql`level`, levels)] : []),
    ...(sources ? [oneOf(sql`source`, sources)] : []),
  ];
  const rows = await env.transaction((tx) =>
    tx.execute<MessageRow>(sql`
      SELECT id::text, ${iso(sql`created_at`)} AS at, type, source, level, context, message, details
      FROM messages WHERE ${all(conditions)} ORDER BY messages.id LIMIT ${limit + 1}`),
  );
  const shown = rows.slice(0, limit);
  const end = encodePosition(shown.at(-1)?.id ?? after);
  return { data: shown.map(toMessage), nextCursor: rows.length > limit ? end : null, end };
}

const pollMs = 400; // half of the writer's pace and a bit: a line shows within a second

/**
 * The live tail: answers as soon as there are messages or the operation has ended, at the latest after `waitMs`.
 * `nextCursor` is set as long as the operation is open.
 */
export async function waitForMessages(
  env: EnvironmentDb,
  query: MessageQuery,
  { waitMs, signal }: { waitMs: number; signal?: AbortSignal | undefined },
): Promise<Page<Message>> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    // The end is read first: what was written before it is then on the page or behind its cursor.
    const { ended_at } = await readOperation(env, query.operationId);
    const page = await listMessages(env, query);
    const left = deadline - Date.now();
    if (page.data.length > 0 || ended_at !== null || left <= 0 || signal?.aborted) {
      return { data: page.data, nextCursor: page.nextCursor ?? (ended_at === null ? page.end : null) };
    }
    await sleep(Math.min(pollMs, left));
  }
}
