// The places where no secret may stand: logs as they are shown, rows, Temporal's histories, files of the data folder.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import postgres from 'postgres';
import type { CanaryWorld } from './canary-world.ts';

interface LogPage {
  data: { id: string }[];
  next_cursor: string | null;
}

/** Its texts as they are: JSON would add a layer of escapes. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value).flat().map(textOf).join('\n');
}

/** Every page: operations, and the messages of each. */
export async function readLogs({ api }: CanaryWorld): Promise<string[]> {
  const entries: string[] = [];
  async function readAll(path: string): Promise<LogPage['data']> {
    const all: LogPage['data'] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const query = { limit: '100', ...(cursor !== undefined && { cursor }) };
      const page: LogPage = await api.ok('GET', path, { query });
      all.push(...page.data);
      cursor = page.next_cursor;
    }
    entries.push(...all.map(textOf));
    return all;
  }
  for (const { id } of await readAll('/logs')) await readAll(`/logs/${id}/messages`);
  return entries;
}

/** Those of the environment, and of tables that have no environments; bytes are hexadecimal in them. */
export async function readRows({ instance, environmentId }: CanaryWorld): Promise<string[]> {
  const sql = postgres(instance.databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const tables = await sql<{ name: string; owned: boolean }[]>`
      SELECT c.relname AS name, EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'environment_id' AND NOT a.attisdropped) AS owned
      FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition`;
    const rows: string[] = [];
    for (const { name, owned } of tables) {
      const mine = owned ? sql`WHERE environment_id = ${environmentId}` : sql``;
      const found = await sql<{ row: object }[]>`SELECT to_jsonb(t) AS row FROM ${sql(name)} t ${mine}`;
      rows.push(...found.map(({ row }) => textOf(row)));
    }
    return rows;
  } finally {
    await sql.end();
  }
}

/** As the server has them, of the environment's workflows. */
export async function readHistories({ instance, environmentId }: CanaryWorld): Promise<Buffer[]> {
  const connection = await Connection.connect({ address: instance.temporalAddress });
  try {
    const client = new Client({ connection, namespace: 'syncline' });
    const histories: Buffer[] = [];
    for await (const { workflowId, runId } of client.workflow.list({ query: `Environment = "${environmentId}"` })) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      histories.push(Buffer.from(proto.temporal.api.history.v1.History.encode(history).finish()));
    }
    return histories;
  } finally {
    await connection.close();
  }
}

/** The instance's own note of its keys is for whoever may read the folder. */
const meant = /(^|\/)(instance\.json|keys\.json|.*\.key)$/;

export function* readFiles({ dataDir }: CanaryWorld): Generator<Buffer> {
  for (const entry of readdirSync(dataDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !meant.test(path)) yield readIfThere(path);
  }
}

/** Servers make and remove files all the time. */
function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
